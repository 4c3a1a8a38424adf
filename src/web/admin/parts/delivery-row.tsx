import './delivery-row.css';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { DeliveryView } from '../../../api/schemas/webhook.ts';
import { answered } from '../../client/api-client.ts';
import { wordsFor } from '../../client/problem-words.ts';
import { Badge } from '../../kit/ui/badge.tsx';
import { useToast } from '../../kit/ui/toast.tsx';
import { useServices } from '../../session/services.ts';
import { DELIVERY_WORDS, MESSAGE_WORDS } from './message-words.ts';
import { When } from './when.tsx';

/**
 * A message delivery with its last response, and a button to resend it.
 *
 * @param shownIn the query to refetch afterwards
 */
export function DeliveryRow(props: { delivery: DeliveryView; shownIn: readonly unknown[] }) {
  const { delivery, shownIn } = props;
  const { channel, type, tries, createdAt, nextTryAt, lastAnswer, status } = delivery;
  const redeliver = useRedeliver(delivery.id, shownIn);
  const { word, tone } = DELIVERY_WORDS[status];
  return (
    <div className="delivery">
      <div>
        <p>
          <strong>{MESSAGE_WORDS[type]}</strong> by {channel} <Badge tone={tone}>{word}</Badge>
        </p>
        <p className="small soft">
          <When at={createdAt} />, {tries} {tries === 1 ? 'try' : 'tries'}
          {status === 'waiting' && nextTryAt !== undefined ? (
            <>
              , next <When at={nextTryAt} />
            </>
          ) : null}
        </p>
        {lastAnswer === undefined ? null : (
          <p className="small soft delivery-answer">{answerInWords(lastAnswer)}</p>
        )}
      </div>
      <button
        type="button"
        className="admin-link small"
        aria-disabled={redeliver.isPending}
        onClick={() => (redeliver.isPending ? undefined : redeliver.mutate())}
      >
        Send again
      </button>
    </div>
  );
}

/** The text of an SMTP response already includes its status. */
function answerInWords({ status, text }: NonNullable<DeliveryView['lastAnswer']>): string {
  return status === undefined || text.startsWith(String(status)) ? text : `${status} ${text}`;
}

function useRedeliver(deliveryId: string, shownIn: readonly unknown[]) {
  const { own } = useServices();
  const queries = useQueryClient();
  const toast = useToast();
  return useMutation({
    // Never retried automatically: the receiver would get the message twice.
    retry: false,
    mutationFn: () =>
      answered(own.admin.deliveries[':deliveryId'].redeliver.$post({ param: { deliveryId } })),
    onSuccess: () => toast('It is being sent again.'),
    onError: (error) => toast(wordsFor(error).title),
    onSettled: () => queries.invalidateQueries({ queryKey: shownIn }),
  });
}
