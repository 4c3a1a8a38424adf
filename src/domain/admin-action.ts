/** What admins do that is kept in the trail. */
export const ADMIN_ACTIONS = [
  'sale.create',
  'sale.change',
  'sale.close',
  'product.add',
  'product.restock',
  'order.refund',
  'webhook.add',
  'webhook.remove',
  'delivery.redeliver',
] as const;

export type AdminAction = (typeof ADMIN_ACTIONS)[number];

/**
 * What became of an action: `done`; `refused`, and nothing has changed; `unclear`: it ended in an
 * error of ours, and may have happened all the same; `started`: its end was never written down, so
 * it may have happened too. What a sale's state came from is in its log, whatever stands here.
 */
export const ACTION_OUTCOMES = ['started', 'done', 'refused', 'unclear'] as const;

export type ActionOutcome = (typeof ACTION_OUTCOMES)[number];
