import { saleKey } from '../../client/sale/sale-query.ts';

/** Names under which the control room keeps what it has read. */
export const KEYS = {
  sales: ['admin', 'sales'],
  metrics: ['admin', 'metrics'],
  sale: saleKey,
  saleMetrics: (saleId: string) => ['admin', 'sale-metrics', saleId],
  orders: (saleId: string) => ['admin', 'orders', saleId],
  webhooks: (saleId: string) => ['admin', 'webhooks', saleId],
  deliveries: (webhookId: string) => ['admin', 'deliveries', webhookId],
  trail: ['admin', 'trail'],
} as const;
