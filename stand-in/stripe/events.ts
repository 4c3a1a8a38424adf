import { Stripe } from 'stripe';
import { newId } from './ids.ts';
import type { Store } from './store.ts';

/** The call that caused an event; both null without a call. */
export interface Cause {
  readonly requestId: string | null;
  readonly idempotencyKey: string | null;
}

/** The cause of events without a call. */
export const BY_ITSELF: Cause = { requestId: null, idempotencyKey: null };

type IntentHappening =
  | 'payment_intent.created'
  | 'payment_intent.processing'
  | 'payment_intent.requires_action'
  | 'payment_intent.payment_failed'
  | 'payment_intent.canceled'
  | 'payment_intent.succeeded';

/** Stores events, each with the current state of its object, and queues them for delivery. */
export class EventLog {
  readonly #store: Store;
  readonly #nowMs: () => number;
  readonly #hasWebhook: boolean;

  constructor(store: Store, nowMs: () => number, hasWebhook: boolean) {
    this.#store = store;
    this.#nowMs = nowMs;
    this.#hasWebhook = hasWebhook;
  }

  intent(type: IntentHappening, object: Stripe.PaymentIntent, cause: Cause): void {
    this.#keep({ ...this.#base(cause), type, data: { object } });
  }

  charge(type: 'charge.succeeded' | 'charge.refunded', object: Stripe.Charge, cause: Cause): void {
    this.#keep({ ...this.#base(cause), type, data: { object } });
  }

  refund(
    type: 'refund.created' | 'refund.updated' | 'refund.failed',
    object: Stripe.Refund,
    cause: Cause,
  ): void {
    this.#keep({ ...this.#base(cause), type, data: { object } });
  }

  dispute(
    type: 'charge.dispute.created' | 'charge.dispute.closed',
    object: Stripe.Dispute,
    cause: Cause,
  ): void {
    this.#keep({ ...this.#base(cause), type, data: { object } });
  }

  #base({ requestId, idempotencyKey }: Cause) {
    return {
      id: newId('evt_'),
      object: 'event' as const,
      api_version: Stripe.API_VERSION,
      created: Math.floor(this.#nowMs() / 1000),
      livemode: false,
      pending_webhooks: this.#hasWebhook ? 1 : 0,
      request: { id: requestId, idempotency_key: idempotencyKey },
    };
  }

  #keep(event: Stripe.Event): void {
    this.#store.events.set(event.id, event);
    if (!this.#hasWebhook) return;
    this.#store.undelivered.set(event.id, { id: event.id, attempts: 0, sinceMs: this.#nowMs() });
  }
}
