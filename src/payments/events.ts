import type Stripe from 'stripe';
import { findPayment } from '../db/payments.ts';
import { readReturned } from '../db/refunds.ts';
import { findEvent, noteApplied, type StoredEvent } from '../db/stripe-events.ts';
import type { PaymentDeps } from './deps.ts';
import { followDispute } from './disputes.ts';
import { type Followed, followIntent } from './follow-intent.ts';
import { completeRefunds } from './return-order.ts';
import { idOf, isRefused } from './stripe.ts';
import { noteStripeRefund, syncRefunds } from './stripe-refunds.ts';

/** The event types that we handle: the webhook endpoint at Stripe needs no others. */
export const FOLLOWED = [
  'payment_intent.succeeded',
  'payment_intent.processing',
  'payment_intent.canceled',
  'payment_intent.payment_failed',
  'payment_intent.requires_action',
  'charge.refunded',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'refund.created',
  'refund.updated',
  'refund.failed',
] as const;

/** An event as it is stored: without the client secret that can confirm its payment. */
export function toStored(event: Stripe.Event): Pick<StoredEvent, 'id' | 'type' | 'payload'> {
  const payload = JSON.stringify(event, (name, value) =>
    name === 'client_secret' ? undefined : value,
  );
  return { id: event.id, type: event.type, payload };
}

/** What was done with an event. */
type Applied = Followed | 'ignored' | `ended:${string}`;

/**
 * Applies a stored event, once: it counts as applied when its effects are recorded. One that names
 * what this Stripe account does not have can never be applied: it ends with Stripe's code.
 *
 * @throws what settling throws, Stripe's error when it has to be asked and is unavailable: retry
 */
export async function applyEvent(deps: PaymentDeps, id: string): Promise<void> {
  const { db, log } = deps;
  const stored = await findEvent(db, id);
  if (stored === undefined) throw new Error(`event ${id} is not stored`);
  if (stored.applied_at !== null) return;
  const event = JSON.parse(stored.payload) as Stripe.Event;
  const result = await follow(deps, event).catch((error: unknown): Applied => {
    if (!isRefused(error)) throw error; // Stripe is only asked what it has: no retry changes that
    log.error({ err: error, event: id, type: stored.type }, 'an event can never be applied');
    return `ended:${error.code ?? 'refused'}`;
  });
  await noteApplied(db, id, result);
  log.debug({ event: id, type: stored.type, result }, 'event applied');
}

async function follow(deps: PaymentDeps, event: Stripe.Event): Promise<Applied> {
  switch (event.type) {
    case 'payment_intent.succeeded':
    case 'payment_intent.processing':
    case 'payment_intent.canceled':
    case 'payment_intent.payment_failed':
    case 'payment_intent.requires_action':
      return followIntent(deps, event.data.object);
    case 'charge.refunded':
      return followCharge(deps, event.data.object);
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed': {
      const refund = event.data.object;
      return ofSettled(deps, refund.payment_intent, async (payment) => {
        await noteStripeRefund(deps, refund);
        await completeRefunds(deps, payment);
      });
    }
    case 'charge.dispute.created':
    case 'charge.dispute.updated':
    case 'charge.dispute.closed': {
      const dispute = event.data.object;
      const at = new Date(event.created * 1000);
      return ofSettled(deps, dispute.payment_intent, (payment) =>
        followDispute(deps, payment, dispute, at),
      );
    }
    default:
      return 'ignored';
  }
}

/** A payment was refunded, or a part of it, by us or in Stripe's dashboard. */
async function followCharge(deps: PaymentDeps, charge: Stripe.Charge): Promise<Applied> {
  return ofSettled(deps, charge.payment_intent, async (payment) => {
    const made = (await readReturned(deps.db, payment))?.made ?? 0;
    if (made < charge.amount_refunded) await syncRefunds(deps, payment);
    await completeRefunds(deps, payment);
  });
}

/**
 * Follows what happened to a captured payment after it is settled; one of no order of ours is
 * foreign.
 */
async function ofSettled(
  deps: PaymentDeps,
  of: string | { readonly id: string } | null,
  follow: (payment: string) => Promise<void>,
): Promise<Applied> {
  const payment = idOf(of);
  if (payment === undefined) return 'ignored';
  const known = await findPayment(deps.db, payment);
  if (known?.outcome == null) {
    const intent = await deps.stripe.paymentIntents.retrieve(payment);
    const followed = await followIntent(deps, intent);
    if (followed !== 'settled') return followed;
  }
  await follow(payment);
  return 'settled';
}
