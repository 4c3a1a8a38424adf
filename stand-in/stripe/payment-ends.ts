import type { Stripe } from 'stripe';
import { newCharge } from './charges.ts';
import { openDispute } from './disputes.ts';
import type { Cause } from './events.ts';
import type { Method } from './payment-methods.ts';
import type { World } from './world.ts';

/** The intent with its money: charged, received, and announced by an event. */
export function pay(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Method,
  cause: Cause,
): Stripe.PaymentIntent {
  const charge = newCharge(world, intent, method, 'succeeded');
  const done = paid(world, intent, charge, method.id, cause);
  if (method.test.isDisputed) openDispute(world, done.id, cause);
  return done;
}

/** The intent after `charge` has succeeded. */
export function paid(
  world: World,
  intent: Stripe.PaymentIntent,
  charge: Stripe.Charge,
  methodId: string | null,
  cause: Cause,
): Stripe.PaymentIntent {
  const done: Stripe.PaymentIntent = {
    ...intent,
    status: 'succeeded',
    amount_received: intent.amount,
    latest_charge: charge.id,
    payment_method: methodId,
    last_payment_error: null,
    next_action: null,
  };
  world.store.intents.set(done.id, done);
  world.events.charge('charge.succeeded', charge, cause);
  world.events.intent('payment_intent.succeeded', done, cause);
  return done;
}

/** The intent after a failed payment: it waits for another method. */
export function notPaid(
  world: World,
  intent: Stripe.PaymentIntent,
  error: Stripe.PaymentIntent.LastPaymentError,
  cause: Cause,
): Stripe.PaymentIntent {
  const failed: Stripe.PaymentIntent = {
    ...intent,
    status: 'requires_payment_method',
    last_payment_error: error,
    latest_charge: error.charge ?? intent.latest_charge,
    payment_method: null,
    next_action: null,
  };
  world.store.intents.set(failed.id, failed);
  world.events.intent('payment_intent.payment_failed', failed, cause);
  return failed;
}
