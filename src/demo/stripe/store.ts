import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Stripe } from 'stripe';

/** A payment or a refund that ends later. */
export interface Pending {
  /** `pi_…` or `re_…`. */
  readonly id: string;
  /** How it ends when nobody says otherwise. */
  readonly end: 'succeeded' | 'failed';
  /** When it began, in ms since the epoch. */
  readonly sinceMs: number;
}

/** An event that the webhook has not taken yet. */
export interface Undelivered {
  readonly id: string;
  /** Tries that failed so far. */
  readonly attempts: number;
  /** When it happened, in ms since the epoch. */
  readonly sinceMs: number;
}

/** The first answer to an idempotency key. */
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

/** A payment method that a buyer used, and which of the test methods it is. */
export interface UsedMethod {
  readonly id: string;
  readonly name: string;
}

interface Saved {
  intents: Stripe.PaymentIntent[];
  charges: Stripe.Charge[];
  refunds: Stripe.Refund[];
  events: Stripe.Event[];
  methods: UsedMethod[];
  pending: Pending[];
  undelivered: Undelivered[];
  answers: StoredAnswer[];
}

/**
 * Everything the stand-in knows, oldest first, in memory and in a file when it has one. What is in
 * the maps is never changed but replaced, so an object once given out or put into an event stays.
 */
export class Store {
  readonly intents = new Map<string, Stripe.PaymentIntent>();
  readonly charges = new Map<string, Stripe.Charge>();
  readonly refunds = new Map<string, Stripe.Refund>();
  readonly events = new Map<string, Stripe.Event>();
  readonly methods = new Map<string, UsedMethod>();
  readonly pending = new Map<string, Pending>();
  readonly undelivered = new Map<string, Undelivered>();
  readonly answers = new Map<string, StoredAnswer>();
  readonly #file: string | undefined;

  /** @param file where the state is kept; read at once when it exists */
  constructor(file: string | undefined) {
    this.#file = file;
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    const saved = readSaved(file);
    if (saved === undefined) return;
    fill(this.intents, saved.intents);
    fill(this.charges, saved.charges);
    fill(this.refunds, saved.refunds);
    fill(this.events, saved.events);
    fill(this.methods, saved.methods);
    fill(this.pending, saved.pending);
    fill(this.undelivered, saved.undelivered);
    for (const answer of saved.answers) this.answers.set(answer.key, answer);
  }

  /** Writes the state to the file, if there is one; it is whole whenever the process dies. */
  save(): void {
    if (this.#file === undefined) return;
    const saved: Saved = {
      intents: [...this.intents.values()],
      charges: [...this.charges.values()],
      refunds: [...this.refunds.values()],
      events: [...this.events.values()],
      methods: [...this.methods.values()],
      pending: [...this.pending.values()],
      undelivered: [...this.undelivered.values()],
      answers: [...this.answers.values()],
    };
    const aside = `${this.#file}.new`;
    writeFileSync(aside, JSON.stringify(saved));
    renameSync(aside, this.#file);
  }
}

function readSaved(file: string): Saved | undefined {
  try {
    // Only this class writes the file.
    return JSON.parse(readFileSync(file, 'utf8')) as Saved;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function fill<T extends { readonly id: string }>(map: Map<string, T>, items: readonly T[]): void {
  for (const item of items) map.set(item.id, item);
}
