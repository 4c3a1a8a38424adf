/** What admins change, in the audit trail before it is done. */
export const ADMIN_CHANGES = [
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

/**
 * What changes nothing and is in the trail all the same: exports, looks at the queues, log-ins of
 * admins, and tries of admin routes by those who may not.
 */
const ADMIN_LOOKS = ['orders.export', 'queues.look', 'session.start', 'access.refuse'] as const;

/** Everything that is kept in the audit trail. */
export const ADMIN_ACTIONS = [...ADMIN_CHANGES, ...ADMIN_LOOKS] as const;

export type AdminAction = (typeof ADMIN_ACTIONS)[number];

/**
 * The result of an action: `done`; `refused`, and nothing has changed; `unclear`: it ended in an
 * internal error, and may have happened all the same; `started`: its end was never recorded, so it
 * may have happened too. How a sale's state came about is in its log, regardless of this record.
 */
export const ACTION_OUTCOMES = ['started', 'done', 'refused', 'unclear'] as const;

export type ActionOutcome = (typeof ACTION_OUTCOMES)[number];
