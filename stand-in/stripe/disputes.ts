import type { Stripe } from 'stripe';
import { BY_ITSELF, type Cause } from './events.ts';
import { newId } from './ids.ts';
import { refusal } from './stripe-errors.ts';
import { nowSeconds, type World } from './world.ts';

/** Seconds that a seller has to respond. */
const RESPOND_SECONDS = 7 * 86_400;

/** There is no payment to dispute, or no open dispute to end. */
export class NothingToDisputeError extends Error {
  override readonly name = 'NothingToDisputeError';
}

/**
 * The buyer of a captured payment asks the bank for what is left of it: the money leaves the
 * balance until the dispute ends.
 *
 * @throws NothingToDisputeError when nothing is left, or it is disputed already
 */
export function openDispute(
  world: World,
  intentId: string,
  cause: Cause = BY_ITSELF,
): Stripe.Dispute {
  const { store } = world;
  const charge = store.charges.get(String(store.intents.get(intentId)?.latest_charge));
  const amount = charge === undefined ? 0 : charge.amount_captured - charge.amount_refunded;
  if (charge === undefined || amount === 0 || charge.disputed) {
    throw new NothingToDisputeError(`Nothing of ${intentId} can be disputed`);
  }
  const dispute: Stripe.Dispute = {
    id: newId('dp_'),
    object: 'dispute',
    amount,
    balance_transactions: [],
    charge: charge.id,
    created: nowSeconds(world),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: NO_EVIDENCE,
    evidence_details: {
      due_by: nowSeconds(world) + RESPOND_SECONDS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'manual',
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: intentId,
    reason: 'fraudulent',
    status: 'needs_response',
  };
  store.disputes.set(dispute.id, dispute);
  store.charges.set(charge.id, { ...charge, disputed: true });
  world.events.dispute('charge.dispute.created', dispute, cause);
  return dispute;
}

/**
 * The bank decides a dispute: `won` by the seller, who gets the money back, or `lost`.
 *
 * @throws NothingToDisputeError when there is no such open dispute
 */
export function endDispute(world: World, id: string, how: 'won' | 'lost'): Stripe.Dispute {
  const dispute = world.store.disputes.get(id);
  if (dispute?.status !== 'needs_response') {
    throw new NothingToDisputeError(`There is no open dispute ${id}`);
  }
  const ended: Stripe.Dispute = { ...dispute, status: how };
  world.store.disputes.set(id, ended);
  world.events.dispute('charge.dispute.closed', ended, BY_ITSELF);
  return ended;
}

/** What of a charge is disputed, or lost by a dispute, in minor units. */
export function disputedOf({ store }: Pick<World, 'store'>, charge: Stripe.Charge): number {
  let sum = 0;
  for (const dispute of store.disputes.values()) {
    if (dispute.charge === charge.id && dispute.status !== 'won') sum += dispute.amount;
  }
  return sum;
}

/** @throws StripeFailure while the money of a charge is disputed, or when it was lost */
export function refuseDisputed(world: World, charge: Stripe.Charge): void {
  if (disputedOf(world, charge) === 0) return;
  const message = `Charge ${charge.id} has been charged back; cannot issue a refund.`;
  throw refusal(message, { code: 'charge_disputed' });
}

const NO_EVIDENCE: Stripe.Dispute.Evidence = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};
