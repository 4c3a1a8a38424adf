import { useMutation } from '@tanstack/react-query';
import { Link } from 'react-router';
import { saveBlob } from '../../browser/save-blob.ts';
import { answered } from '../../client/api-client.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { useServices } from '../../session/services.ts';

/** Offers the receipt of a ticket as a file, and where it can be checked. */
export function SaveReceipt({ ticketId, saleId }: { ticketId: string; saleId: string }) {
  const { own } = useServices();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => answered(own.tickets[':ticketId'].receipt.$get({ param: { ticketId } })),
    onSuccess: (receipt) => {
      const json = JSON.stringify(receipt, undefined, 2);
      const blob = new Blob([json], { type: 'application/json' });
      saveBlob(blob, `receipt-${receipt.ticketTag}.json`);
    },
  });
  return (
    <div className="stack-tight">
      <div className="row">
        <Button look="quiet" busy={isPending} onClick={() => mutate()}>
          Save your receipt
        </Button>
        <Link to={`/sales/${saleId}/proof`}>Check this sale</Link>
      </div>
      <p className="soft small">With it you can prove to anybody where you stood in line.</p>
      <ProblemNotice error={error} />
    </div>
  );
}
