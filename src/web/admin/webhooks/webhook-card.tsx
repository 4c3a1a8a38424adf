import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { WebhookView } from '../../../api/schemas/webhook.ts';
import { answered } from '../../client/api-client.ts';
import { hasCode, problemOf } from '../../client/problem.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Badge } from '../../kit/ui/badge.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { Card } from '../../kit/ui/card.tsx';
import { ConfirmDialog } from '../../kit/ui/confirm-dialog.tsx';
import { MoreButton } from '../../kit/ui/more-button.tsx';
import { useServices } from '../../session/services.ts';
import { DeliveryRow } from '../parts/delivery-row.tsx';
import { MESSAGE_WORDS } from '../parts/message-words.ts';
import { When } from '../parts/when.tsx';
import { KEYS } from '../queries/keys.ts';

/** An endpoint with its deliveries. */
export function WebhookCard({ webhook }: { webhook: WebhookView }) {
  const [isShown, setIsShown] = useState(false);
  const [isRemoving, setIsRemoving] = useState(false);
  const { mutate, isPending, error, failureReason } = useRemove(webhook);
  return (
    <Card className="stack webhook">
      <div className="stack-tight">
        <h2>{webhook.url}</h2>
        <p className="row">
          {webhook.events.map((event) => (
            <Badge key={event}>{MESSAGE_WORDS[event]}</Badge>
          ))}
          <span className="small soft">
            since <When at={webhook.createdAt} />
          </span>
        </p>
      </div>
      <div className="row">
        <Button look="quiet" aria-expanded={isShown} onClick={() => setIsShown(!isShown)}>
          {isShown ? 'Hide deliveries' : 'Show deliveries'}
        </Button>
        <Button look="danger" onClick={() => setIsRemoving(true)}>
          Remove
        </Button>
      </div>
      {isShown ? <Deliveries webhookId={webhook.id} /> : null}
      <ConfirmDialog
        open={isRemoving}
        title="Remove this webhook?"
        keep="Keep it"
        confirm="Remove"
        busy={isPending}
        problem={<ProblemNotice error={error ?? failureReason} />}
        onKeep={() => setIsRemoving(false)}
        onConfirm={() => mutate()}
      >
        It receives nothing more, and waiting messages are dropped. Its secret is deleted too.
      </ConfirmDialog>
    </Card>
  );
}

function Deliveries({ webhookId }: { webhookId: string }) {
  const { own } = useServices();
  const query = useInfiniteQuery({
    queryKey: KEYS.deliveries(webhookId),
    queryFn: ({ pageParam: cursor }) =>
      answered(
        own.admin.webhooks[':webhookId'].deliveries.$get({
          param: { webhookId },
          query: { limit: '20', ...(cursor === undefined ? {} : { cursor }) },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: (known) => ((known.state.data?.pages.length ?? 0) > 1 ? false : 3_000),
  });
  const deliveries = query.data?.pages.flatMap(({ items }) => items);
  return (
    <div className="stack webhook-deliveries">
      <ProblemNotice error={query.error ?? query.failureReason} retrying={query.isFetching} />
      {deliveries?.length === 0 ? <p className="soft">Nothing has been sent yet.</p> : null}
      {deliveries?.map((delivery) => (
        <DeliveryRow key={delivery.id} delivery={delivery} shownIn={KEYS.deliveries(webhookId)} />
      ))}
      <MoreButton query={query}>Older deliveries</MoreButton>
    </div>
  );
}

/** An endpoint that is already gone counts as removed. */
function useRemove({ id: webhookId, saleId }: WebhookView) {
  const { own } = useServices();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const response = await own.admin.webhooks[':webhookId'].$delete({ param: { webhookId } });
      if (response.ok) return;
      // Hono's client types its response as a subset of `Response`, which it is at run time.
      const problem = await problemOf(response as unknown as Response);
      if (!hasCode(problem, 'webhook_not_found')) throw problem;
    },
    onSettled: () => queries.invalidateQueries({ queryKey: KEYS.webhooks(saleId) }),
  });
}
