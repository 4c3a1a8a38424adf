/** How a dispute can end: https://docs.stripe.com/api/disputes/object. */
const ENDS: ReadonlySet<string> = new Set(['won', 'lost', 'warning_closed', 'prevented']);

/** Whether a status of Stripe's means that a dispute is over. */
export function isDisputeOver(status: string): boolean {
  return ENDS.has(status);
}

/** Where the money of a dispute is: still disputed, with the seller, or with the buyer. */
export const DISPUTE_STATES = ['open', 'won', 'lost'] as const;
export type DisputeState = (typeof DISPUTE_STATES)[number];

/** The state that a status of Stripe's stands for. */
export function disputeState(status: string): DisputeState {
  if (!isDisputeOver(status)) return 'open';
  return status === 'lost' ? 'lost' : 'won';
}
