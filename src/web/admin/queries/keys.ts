import { saleKey } from '../../client/sale/sale-query.ts';

/** The query keys of the control room. */
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
