import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { answered } from '../../client/api-client.ts';
import { hasCode } from '../../client/problem.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { inWords } from '../../kit/clock/durations.ts';
import { useServerClock } from '../../kit/clock/use-server-clock.ts';
import { useServerNow } from '../../kit/clock/use-server-now.ts';
import { Button } from '../../kit/ui/button.tsx';
import { ConfirmDialog } from '../../kit/ui/confirm-dialog.tsx';
import { useServices } from '../../session/services.ts';
import { When } from '../parts/when.tsx';
import { KEYS } from '../queries/keys.ts';

type Step = 'start' | 'end' | 'close';

const QUESTIONS: Record<Step, { title: string; text: string; keep: string; confirm: string }> = {
  start: {
    title: 'Start now?',
    text: 'Buyers can take a place at once. Start, prices and currencies can no longer change.',
    keep: 'Not yet',
    confirm: 'Start now',
  },
  end: {
    title: 'End now?',
    text:
      'No new places are given out. Those in line still get a decision, and holds can still be ' +
      'paid. The sale cannot be reopened.',
    keep: 'Keep selling',
    confirm: 'End now',
  },
  close: {
    title: 'Close for good?',
    text:
      'Everyone in line is sent away without a decision. Holds can still be paid. The sale ' +
      'cannot be reopened.',
    keep: 'Keep selling',
    confirm: 'Close',
  },
};

/** When the sale opens and ends, with buttons to start, end or close it now. */
export function SaleControls({ sale }: { sale: SaleView }) {
  const [asked, setAsked] = useState<Step>('start');
  const [isOpen, setIsOpen] = useState(false);
  const { mutate, reset, isPending, error, failureReason } = useStep(sale.id, () =>
    setIsOpen(false),
  );
  const question = QUESTIONS[asked];
  const ask = (step: Step) => {
    reset();
    setAsked(step);
    setIsOpen(true);
  };
  return (
    <div className="sale-controls">
      <p className="soft">
        <Times sale={sale} /> <Link to={`/sales/${sale.id}`}>View it as a buyer</Link>
      </p>
      <div className="row">
        {sale.phase === 'upcoming' ? <Button onClick={() => ask('start')}>Start now</Button> : null}
        {sale.phase === 'open' || sale.phase === 'sold_out' ? (
          <Button look="quiet" onClick={() => ask('end')}>
            End now
          </Button>
        ) : null}
        {sale.phase === 'closed' ? null : (
          <Button look="danger" onClick={() => ask('close')}>
            Close
          </Button>
        )}
      </div>
      <ConfirmDialog
        open={isOpen}
        title={question.title}
        keep={question.keep}
        confirm={question.confirm}
        busy={isPending}
        problem={<ProblemNotice error={error ?? failureReason} />}
        onKeep={() => setIsOpen(false)}
        onConfirm={() => mutate(asked)}
      >
        {question.text}
      </ConfirmDialog>
    </div>
  );
}

function Times({ sale: { phase, startsAt, endsAt, timeZone } }: { sale: SaleView }) {
  const now = useServerNow(phase !== 'closed');
  if (phase === 'closed') {
    return (
      <>
        Over. It started <When at={startsAt} timeZone={timeZone} />.
      </>
    );
  }
  const isUpcoming = phase === 'upcoming';
  const at = isUpcoming ? startsAt : endsAt;
  return (
    <>
      {isUpcoming ? 'Opens' : 'Ends'} <When at={at} timeZone={timeZone} />,{' '}
      <span className="digits">in {inWords(Date.parse(at) - now)}</span>.
    </>
  );
}

/**
 * Every step is safe to retry after a lost answer: "already opened" or "already ended" means that
 * the step took effect.
 */
function useStep(saleId: string, onDone: () => void) {
  const { own } = useServices();
  const clock = useServerClock();
  const queries = useQueryClient();
  const param = { saleId };
  const now = () => new Date(clock.now()).toISOString();
  const change = (json: { startsAt: string } | { endsAt: string }) =>
    answered(own.admin.sales[':saleId'].$patch({ param, json }));
  return useMutation({
    mutationFn: async (step: Step) => {
      try {
        if (step === 'start') await change({ startsAt: now() });
        else if (step === 'end') await change({ endsAt: now() });
        else await answered(own.admin.sales[':saleId'].close.$post({ param }));
      } catch (error) {
        const isThere = hasCode(error, step === 'start' ? 'sale_opened' : 'sale_closed');
        if (!isThere) throw error;
      }
    },
    onSuccess: onDone,
    onSettled: () => queries.invalidateQueries({ queryKey: KEYS.sale(saleId) }),
  });
}
