import type Stripe from 'stripe';
import { requestRefund } from '../db/refunds.ts';
import { findEvent, noteApplied, type StoredEvent } from '../db/stripe-events.ts';
import type { PaymentDeps } from './deps.ts';
import { type Followed, followIntent } from './follow-intent.ts';
import { followRefund } from './refund.ts';
import { idOf } from './stripe.ts';

/** The event types that we handle: the webhook endpoint at Stripe needs no others. */
export const FOLLOWED = [
  'payment_intent.succeeded',
  'payment_intent.processing',
  'payment_intent.canceled',
  'payment_intent.payment_failed',
  'payment_intent.requires_action',
  'charge.refunded',
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
type Applied = Followed | 'ignored';

/**
 * Applies a stored event, once: it counts as applied when its effects are recorded.
 *
 * @throws what settling throws, Stripe's error when it has to be asked and is unavailable: retry
 */
export async function applyEvent(deps: PaymentDeps, id: string): Promise<void> {
  const { db, log } = deps;
  const stored = await findEvent(db, id);
  if (stored === undefined) throw new Error(`event ${id} is not stored`);
  if (stored.applied_at !== null) return;
  const result = await follow(deps, JSON.parse(stored.payload) as Stripe.Event);
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
    case 'refund.updated':
    case 'refund.failed':
      await followRefund(deps, event.data.object);
      return 'noted';
    default:
      return 'ignored';
  }
}

/**
 * A payment was refunded in full, by us or in Stripe's dashboard: then its order is refunded too.
 */
async function followCharge(deps: PaymentDeps, charge: Stripe.Charge): Promise<Applied> {
  const payment = idOf(charge.payment_intent);
  if (!charge.refunded || payment === undefined) return 'ignored';
  const followed = await followIntent(deps, await deps.stripe.paymentIntents.retrieve(payment));
  if (followed !== 'settled') return followed;
  await requestRefund(deps.db, { payment, reason: 'at_stripe', restock: true });
  return 'settled';
}
