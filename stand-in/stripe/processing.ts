import type { Stripe } from 'stripe';
import { failCharge, settleCharge } from './charges.ts';
import { BY_ITSELF } from './events.ts';
import { notPaid, paid, pay } from './payment-ends.ts';
import { findMethod } from './payment-methods.ts';
import { endRefund } from './refunds.ts';
import type { World } from './world.ts';

export type End = 'succeeded' | 'failed';

/** Nothing is pending under this id. */
export class NothingPendingError extends Error {
  override readonly name = 'NothingPendingError';
}

/** Settles what is pending: on request, or automatically after a while. */
export class Processing {
  readonly #world: World;
  readonly #afterMs: number | undefined;
  readonly #changed: () => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #stopped = false;

  /**
   * @param afterMs how long a payment or refund is pending; undefined: until it is settled
   * explicitly
   * @param changed called after an automatic settlement
   */
  constructor(world: World, afterMs: number | undefined, changed: () => void) {
    this.#world = world;
    this.#afterMs = afterMs;
    this.#changed = changed;
  }

  /** Starts the timers of pending objects that have none. */
  arm(): void {
    if (this.#afterMs === undefined || this.#stopped) return;
    for (const { id, end, sinceMs } of this.#world.store.pending.values()) {
      if (this.#timers.has(id)) continue;
      // After a restart only the remaining time is waited for.
      const gone = Math.max(0, this.#world.nowMs() - sinceMs);
      const timer = setTimeout(
        () => {
          this.end(id, end);
          this.#changed();
        },
        Math.max(0, this.#afterMs - gone),
      );
      timer.unref();
      this.#timers.set(id, timer);
    }
  }

  /**
   * Settles a payment that is processing or requires the buyer's action, or a pending refund.
   *
   * @throws NothingPendingError when `id` is none of these
   */
  end(id: string, how: End): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const { store } = this.#world;
    const isPending = store.pending.delete(id);
    const refund = store.refunds.get(id);
    const intent = store.intents.get(id);
    if (isPending && refund !== undefined) endRefund(this.#world, refund, how, BY_ITSELF);
    else if (isPending && intent !== undefined) this.#endPayment(intent, how);
    else if (intent?.status === 'requires_action') this.#endAction(intent, how);
    else throw new NothingPendingError(`Nothing is pending under ${id}`);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #endPayment(intent: Stripe.PaymentIntent, how: End): void {
    const charge = this.#world.store.charges.get(String(intent.latest_charge));
    if (charge === undefined) return;
    if (how === 'succeeded') {
      const settled = settleCharge(this.#world, charge);
      paid(this.#world, intent, settled, settled.payment_method, BY_ITSELF);
      return;
    }
    const code = 'insufficient_funds';
    const message = "The customer's account has insufficient funds to cover this payment.";
    failCharge(this.#world, charge, { code, message });
    notPaid(
      this.#world,
      intent,
      { type: 'invalid_request_error', code, message, charge: charge.id },
      BY_ITSELF,
    );
  }

  #endAction(intent: Stripe.PaymentIntent, how: End): void {
    const method = findMethod(this.#world, String(intent.payment_method));
    if (how === 'succeeded' && method !== undefined) {
      pay(this.#world, intent, method, BY_ITSELF);
      return;
    }
    const code = 'payment_intent_authentication_failure';
    const message =
      'We are unable to authenticate your payment method. Please choose a different payment ' +
      'method and try again.';
    notPaid(this.#world, intent, { type: 'invalid_request_error', code, message }, BY_ITSELF);
  }
}
