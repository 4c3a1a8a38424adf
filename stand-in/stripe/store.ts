import type { Stripe } from 'stripe';
import { Journal, TrackedMap } from './journal.ts';

/** A payment or a refund that is settled later. */
export interface Pending {
  /** `pi_…` or `re_…`. */
  readonly id: string;
  /** How it is settled automatically. */
  readonly end: 'succeeded' | 'failed';
  /** When it began, in ms since the epoch. */
  readonly sinceMs: number;
}

/** An event that the webhook has not accepted yet. */
export interface Undelivered {
  readonly id: string;
  /** Failed tries so far. */
  readonly attempts: number;
  /** When it happened, in ms since the epoch. */
  readonly sinceMs: number;
}

/** The first response to an idempotency key. */
export interface StoredAnswer {
  readonly key: string;
  readonly path: string;
  readonly fingerprint: string;
  readonly status: number;
  /** The JSON text. */
  readonly body: string;
  /** When it was given, in ms since the epoch. */
  readonly atMs: number;
}

/** A payment method that a buyer used, and the test method it behaves like. */
export interface UsedMethod {
  readonly id: string;
  readonly name: string;
}

/**
 * The state of the stand-in, oldest first, in memory and optionally in a file. Values in the maps
 * are never mutated but replaced, so an object once returned or put into an event stays as it was.
 */
export class Store {
  readonly intents = new TrackedMap<Stripe.PaymentIntent>();
  readonly charges = new TrackedMap<Stripe.Charge>();
  readonly refunds = new TrackedMap<Stripe.Refund>();
  readonly disputes = new TrackedMap<Stripe.Dispute>();
  readonly events = new TrackedMap<Stripe.Event>();
  readonly methods = new TrackedMap<UsedMethod>();
  readonly pending = new TrackedMap<Pending>();
  readonly undelivered = new TrackedMap<Undelivered>();
  readonly answers = new TrackedMap<StoredAnswer>();
  readonly #journal: Journal | undefined;

  /** @param file where the state is stored; read at once when it exists */
  constructor(file: string | undefined) {
    if (file === undefined) return;
    const { intents, charges, refunds, disputes, events, methods } = this;
    const { pending, undelivered, answers } = this;
    const states = { intents, charges, refunds, disputes, events, methods };
    const maps = { ...states, pending, undelivered, answers };
    this.#journal = new Journal(file, maps);
  }

  /** Appends the changes to the file, if there is one. */
  save(): void {
    this.#journal?.save();
  }
}
