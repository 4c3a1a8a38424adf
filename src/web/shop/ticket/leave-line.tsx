import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { TicketView } from '../../../api/schemas/ticket.ts';
import { answered } from '../../client/api-client.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { useIsMounted } from '../../kit/layout/use-is-mounted.ts';
import { Button } from '../../kit/ui/button.tsx';
import { ConfirmDialog } from '../../kit/ui/confirm-dialog.tsx';
import { useToast } from '../../kit/ui/toast.tsx';
import { useServices } from '../../session/services.ts';
import { ticketKey } from './use-ticket.ts';

/** Leaves the line, after asking. */
export function LeaveLine({ ticket, what }: { ticket: TicketView; what: string }) {
  const { own, places } = useServices();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const isMounted = useIsMounted();
  const say = useToast();
  const [isAsking, setAsking] = useState(false);
  const { ticketId, saleId } = ticket;
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => answered(own.tickets[':ticketId'].$delete({ param: { ticketId } })),
    onSuccess: async () => {
      places.forget(ticketId);
      say(`You have left ${what}.`);
      if (isMounted.current) await navigate(`/sales/${saleId}`);
      queries.removeQueries({ queryKey: ticketKey(ticketId) });
    },
  });
  return (
    <div>
      <Button look="quiet" onClick={() => setAsking(true)}>
        Leave {what}
      </Button>
      <ConfirmDialog
        open={isAsking}
        title={`Leave ${what}?`}
        keep="Stay"
        confirm="Leave"
        busy={isPending}
        problem={<ProblemNotice error={error} />}
        onKeep={() => setAsking(false)}
        onConfirm={() => mutate()}
      >
        Your place goes to the next person. If you come back, you start at the end.
      </ConfirmDialog>
    </div>
  );
}
