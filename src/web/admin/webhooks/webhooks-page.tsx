import './webhooks.css';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered } from '../../client/api-client.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { Skeleton } from '../../kit/ui/skeleton.tsx';
import { useServices } from '../../session/services.ts';
import { KEYS } from '../queries/keys.ts';
import { useThisSale } from '../sale/sale-page.tsx';
import { AddWebhookDialog } from './add-webhook-dialog.tsx';
import { WebhookCard } from './webhook-card.tsx';

/** The endpoints that receive the order events of a sale. */
export function WebhooksPage() {
  const sale = useThisSale();
  const [isAdding, setIsAdding] = useState(false);
  const { data, error, failureReason, isFetching } = useWebhooks(sale.id);
  return (
    <section aria-label="Webhooks" className="stack">
      <div className="row-apart admin-head">
        <p className="soft">Tells your other systems when an order is paid, offered or refunded.</p>
        <Button onClick={() => setIsAdding(true)}>Add a webhook</Button>
      </div>
      <ProblemNotice error={error ?? failureReason} retrying={isFetching} />
      {data === undefined && error === null ? <Skeleton height="8rem" /> : null}
      {data?.items.length === 0 ? <p className="lead">No webhooks yet.</p> : null}
      {data?.items.map((webhook) => (
        <WebhookCard key={webhook.id} webhook={webhook} />
      ))}
      <AddWebhookDialog saleId={sale.id} open={isAdding} onClose={() => setIsAdding(false)} />
    </section>
  );
}

function useWebhooks(saleId: string) {
  const { own } = useServices();
  return useQuery({
    queryKey: KEYS.webhooks(saleId),
    queryFn: () => answered(own.admin.sales[':saleId'].webhooks.$get({ param: { saleId } })),
  });
}
