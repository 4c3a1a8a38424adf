/** Actions of admins that are kept in the audit trail. */
export const ADMIN_ACTIONS = [
  'sale.create',
  'sale.change',
  'sale.close',
  'product.add',
  'product.restock',
  'order.refund',
  'order.contact',
  'webhook.add',
  'webhook.remove',
  'delivery.redeliver',
] as const;

export type AdminAction = (typeof ADMIN_ACTIONS)[number];

/**
 * The result of an action: `done`; `refused`, and nothing has changed; `unclear`: it ended in an
 * internal error, and may have happened all the same; `started`: its end was never recorded, so it
 * may have happened too. How a sale's state came about is in its log, regardless of this record.
 */
export const ACTION_OUTCOMES = ['started', 'done', 'refused', 'unclear'] as const;

export type ActionOutcome = (typeof ACTION_OUTCOMES)[number];
