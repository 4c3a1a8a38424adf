import type { Stripe } from 'stripe';
import { refuseDisputed } from './disputes.ts';
import type { Cause } from './events.ts';
import type { Form } from './form.ts';
import { newId } from './ids.ts';
import { mergeMetadata } from './metadata.ts';
import { sayAmount } from './money.ts';
import { findMethod } from './payment-methods.ts';
import { badParam, noSuchParam, refusal } from './stripe-errors.ts';
import { nowSeconds, type World } from './world.ts';

const REASONS = ['duplicate', 'fraudulent', 'requested_by_customer'];

/** Refunds a PaymentIntent, or `amount` of it. */
export function createRefund(world: World, form: Form, cause: Cause): Stripe.Refund {
  form.only(['payment_intent', 'amount', 'reason', 'metadata']);
  const intentId = form.required('payment_intent');
  const wanted = form.integer('amount', 1);
  const reason = form.text('reason') ?? null;
  if (reason !== null && !REASONS.includes(reason)) {
    throw badParam('reason', `Invalid reason: must be one of ${REASONS.join(', ')}`);
  }
  const metadata = mergeMetadata({}, form);
  const charge = chargeOf(world, intentId);
  refuseDisputed(world, charge);
  const amount = wanted ?? charge.amount_captured - charge.amount_refunded;
  refuseTooMuch(charge, amount);

  const later = laterEnd(world, charge);
  const refund: Stripe.Refund = {
    id: newId('re_'),
    object: 'refund',
    amount,
    balance_transaction: newId('txn_'),
    charge: charge.id,
    created: nowSeconds(world),
    currency: charge.currency,
    customer: null,
    customer_account: null,
    destination_details: { type: 'card', card: { type: 'refund' } },
    metadata,
    payment_intent: intentId,
    payment_method: charge.payment_method,
    reason,
    receipt_number: null,
    source_transfer_reversal: null,
    // As with Stripe's test cards: a refund that fails later first looks like any other.
    status: later === 'succeeded' ? 'pending' : 'succeeded',
    transfer_reversal: null,
  };
  world.store.refunds.set(refund.id, refund);
  if (later !== undefined) {
    world.store.pending.set(refund.id, { id: refund.id, end: later, sinceMs: world.nowMs() });
  }
  world.events.refund('refund.created', refund, cause);
  world.events.charge('charge.refunded', withRefunded(world, charge, amount), cause);
  return refund;
}

/** Settles a pending refund: it arrived, or it failed and the money is the seller's again. */
export function endRefund(
  world: World,
  refund: Stripe.Refund,
  how: 'succeeded' | 'failed',
  cause: Cause,
): Stripe.Refund {
  const ended: Stripe.Refund =
    how === 'succeeded'
      ? { ...refund, status: 'succeeded' }
      : {
          ...refund,
          status: 'failed',
          failure_reason: 'expired_or_canceled_card',
          failure_balance_transaction: newId('txn_'),
        };
  world.store.refunds.set(ended.id, ended);
  world.events.refund('refund.updated', ended, cause);
  if (how === 'succeeded') return ended;
  const charge = world.store.charges.get(String(refund.charge));
  if (charge !== undefined) withRefunded(world, charge, -refund.amount);
  world.events.refund('refund.failed', ended, cause);
  return ended;
}

function chargeOf({ store }: World, intentId: string): Stripe.Charge {
  const intent = store.intents.get(intentId);
  if (intent === undefined) throw noSuchParam('payment_intent', intentId, 'payment_intent');
  const charge = store.charges.get(String(intent.latest_charge));
  if (charge?.status === 'succeeded') return charge;
  throw refusal(`This PaymentIntent (${intentId}) does not have a successful charge to refund.`);
}

function refuseTooMuch(charge: Stripe.Charge, amount: number): void {
  const left = charge.amount_captured - charge.amount_refunded;
  if (left === 0) {
    const message = `Charge ${charge.id} has already been refunded.`;
    throw refusal(message, { code: 'charge_already_refunded' });
  }
  if (amount <= left) return;
  const what = charge.amount_refunded === 0 ? 'charge amount' : 'unrefunded amount on charge';
  const said = sayAmount(amount, charge.currency);
  const message = `Refund amount (${said}) is greater than ${what}`;
  throw refusal(`${message} (${sayAmount(left, charge.currency)})`, { param: 'amount' });
}

function laterEnd(world: World, charge: Stripe.Charge): 'succeeded' | 'failed' | undefined {
  const ends = { 'succeeds-later': 'succeeded', 'fails-later': 'failed' } as const;
  const rule = findMethod(world, charge.payment_method ?? '')?.test.refund;
  return rule && ends[rule];
}

function withRefunded({ store }: World, charge: Stripe.Charge, more: number): Stripe.Charge {
  const refunded = charge.amount_refunded + more;
  const changed: Stripe.Charge = {
    ...charge,
    amount_refunded: refunded,
    refunded: refunded === charge.amount,
  };
  store.charges.set(changed.id, changed);
  return changed;
}
