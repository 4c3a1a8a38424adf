import { Hono } from 'hono';
import { cors } from 'hono/cors';
import type { Stripe } from 'stripe';
import { Api } from './api.ts';
import { balances } from './balance.ts';
import type { StandInEnv } from './connection.ts';
import { addControl } from './control.ts';
import { Deliveries, retryDelayMs } from './deliveries.ts';
import { endDispute, openDispute } from './disputes.ts';
import { EventLog } from './events.ts';
import { Faults } from './faults.ts';
import { Idempotency } from './idempotency.ts';
import { type End, Processing } from './processing.ts';
import { addRoutes } from './routes.ts';
import { Store } from './store.ts';
import type { World } from './world.ts';

export interface StandInOptions {
  /** Signs webhooks: `whsec_…`. */
  readonly webhookSecret: string;
  /** Where events are posted; by default they are only listed. */
  readonly webhookUrl?: string | undefined;
  /** Where the state is stored; by default it is lost with the process. */
  readonly dataFile?: string | undefined;
  /** How long a bank or a slow refund takes, in ms; by default until it is settled explicitly. */
  readonly processingMs?: number | undefined;
  /** The clock, in ms since the epoch. */
  readonly nowMs?: () => number;
  /** Milliseconds until a webhook is retried, after `attempts` failures. */
  readonly retryDelayMs?: (attempts: number) => number;
}

/** A stand-in for Stripe, for the demo and for tests: part of its API, its webhooks, faults. */
export class StripeStandIn {
  /** The HTTP app. */
  readonly app: Hono<StandInEnv>;
  /** Injected faults. */
  readonly faults = new Faults();
  /** How events reach the webhook. */
  readonly deliveries: Deliveries;
  readonly #store: Store;
  readonly #world: World;
  readonly #processing: Processing;

  constructor(options: StandInOptions) {
    const { webhookSecret, webhookUrl, nowMs = Date.now } = options;
    this.#store = new Store(options.dataFile);
    const events = new EventLog(this.#store, nowMs, webhookUrl !== undefined);
    const world: World = { store: this.#store, events, nowMs };
    this.#world = world;
    this.deliveries = new Deliveries({
      store: this.#store,
      secret: webhookSecret,
      url: webhookUrl,
      nowMs,
      retryDelayMs: options.retryDelayMs ?? retryDelayMs,
    });
    this.#processing = new Processing(world, options.processingMs, () => this.#changed());

    this.app = new Hono<StandInEnv>();
    this.app.use(
      '/v1/*',
      cors({ origin: '*', exposeHeaders: ['Request-Id', 'Idempotent-Replayed'] }),
    );
    const idempotency = new Idempotency(this.#store, nowMs);
    const api = new Api(this.app, {
      world,
      faults: this.faults,
      idempotency,
      changed: () => this.#changed(),
    });
    addRoutes(api, world);
    addControl(this.app, this);
    this.app.notFound((c) => {
      const message = `Unrecognized request URL (${c.req.method}: ${c.req.path}).`;
      return c.json({ error: { type: 'invalid_request_error', message } }, 404);
    });
    // Pending work of an earlier run.
    this.#processing.arm();
    this.deliveries.kick();
  }

  /** All PaymentIntents, oldest first. */
  intents(): readonly Stripe.PaymentIntent[] {
    return [...this.#store.intents.values()];
  }

  /** All refunds, oldest first. */
  refunds(): readonly Stripe.Refund[] {
    return [...this.#store.refunds.values()];
  }

  /** All events, oldest first. */
  events(): readonly Stripe.Event[] {
    return [...this.#store.events.values()];
  }

  /** All disputes, oldest first. */
  disputes(): readonly Stripe.Dispute[] {
    return [...this.#store.disputes.values()];
  }

  /** Captured minus refunded and disputed, in minor units of `currency`. */
  balance(currency: string): number {
    return balances(this.#store).get(currency) ?? 0;
  }

  /**
   * Settles a payment that is processing or requires the buyer's action, or a pending refund.
   *
   * @param intentId `pi_…`, or `re_…` of a refund
   * @throws NothingPendingError when nothing is pending under this id
   */
  endProcessing(intentId: string, how: End): void {
    this.#processing.end(intentId, how);
    this.#changed();
  }

  /**
   * The buyer of a payment disputes what is left of it.
   *
   * @throws NothingToDisputeError when nothing is left, or it is disputed already
   */
  openDispute(intentId: string): Stripe.Dispute {
    const dispute = openDispute(this.#world, intentId);
    this.#changed();
    return dispute;
  }

  /**
   * The bank decides a dispute.
   *
   * @throws NothingToDisputeError when there is no such open dispute
   */
  endDispute(id: string, how: 'won' | 'lost'): void {
    endDispute(this.#world, id, how);
    this.#changed();
  }

  /**
   * Stops timers and deliveries; undelivered events stay undelivered, in the file when there is
   * one.
   */
  async stop(): Promise<void> {
    this.#processing.stop();
    await this.deliveries.stop();
  }

  /** State is saved before anyone learns of a change. */
  #changed(): void {
    this.#store.save();
    this.#processing.arm();
    this.deliveries.kick();
  }
}
