import type { Stripe } from 'stripe';
import { newCharge } from './charges.ts';
import type { Cause } from './events.ts';
import type { Form } from './form.ts';
import { notPaid, pay } from './payment-ends.ts';
import { findMethod, type Method, methodObject } from './payment-methods.ts';
import { badParam, StripeFailure, unexpectedState } from './stripe-errors.ts';
import type { Decline } from './test-methods.ts';
import type { World } from './world.ts';

/** Parameters of a confirmation; a browser identifies itself by `client_secret`. */
export const CONFIRM_PARAMS = [
  ...['payment_method', 'payment_method_data', 'client_secret', 'return_url', 'use_stripe_sdk'],
  ...['receipt_email', 'mandate_data', 'expected_payment_method_type'],
];

/**
 * Pays a PaymentIntent, or starts to.
 *
 * @param given the method in the call; by default the intent's own
 * @throws StripeFailure 402 when the card is declined: the intent then waits for another method
 */
export function confirmIntent(
  world: World,
  intent: Stripe.PaymentIntent,
  given: Method | undefined,
  form: Form,
  cause: Cause,
): Stripe.PaymentIntent {
  refuseState(intent);
  const method = given ?? ownMethod(world, intent);
  if (method === undefined) {
    throw unexpectedState(
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can " +
        'either update the PaymentIntent with a payment method and then confirm it again, or ' +
        'confirm it again directly with a payment method.',
      intent,
    );
  }
  refuseType(intent, method);
  const { outcome } = method.test;
  if (outcome.kind === 'succeeds') return pay(world, intent, method, cause);
  if (outcome.kind === 'declined') throw decline(world, intent, method, outcome.decline, cause);
  if (outcome.kind === 'needs-action') return askBuyer(world, intent, method, form, cause);
  return startProcessing(world, intent, method, outcome.end, cause);
}

/** @throws StripeFailure when the intent does not accept such methods */
export function refuseType(intent: Stripe.PaymentIntent, method: Method): void {
  if (intent.payment_method_types.includes(method.test.type)) return;
  throw badParam(
    'payment_method',
    `The PaymentMethod provided (${method.test.type}) is not allowed for this PaymentIntent. ` +
      `Please attach a PaymentMethod of one of the following types: ` +
      `${intent.payment_method_types.join(', ')}.`,
  );
}

function refuseState(intent: Stripe.PaymentIntent): void {
  if (intent.status === 'succeeded') {
    throw unexpectedState(
      'You cannot confirm this PaymentIntent because it has already succeeded after being ' +
        'previously confirmed.',
      intent,
    );
  }
  if (intent.status !== 'canceled' && intent.status !== 'processing') return;
  throw unexpectedState(
    `You cannot confirm this PaymentIntent because it has a status of ${intent.status}. Only a ` +
      'PaymentIntent with one of the following statuses may be confirmed: ' +
      'requires_payment_method, requires_confirmation, requires_action.',
    intent,
  );
}

function ownMethod(world: World, intent: Stripe.PaymentIntent): Method | undefined {
  return typeof intent.payment_method === 'string'
    ? findMethod(world, intent.payment_method)
    : undefined;
}

function decline(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Method,
  { code, declineCode, message }: Decline,
  cause: Cause,
): StripeFailure {
  const charge = newCharge(world, intent, method, 'failed', { code, message });
  const shown = methodObject(world, method);
  const said = { type: 'card_error', code, decline_code: declineCode, message } as const;
  const error = { ...said, charge: charge.id, payment_method: shown };
  const failed = notPaid(world, intent, error, cause);
  return new StripeFailure(402, { ...error, payment_intent: failed }, true);
}

function askBuyer(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Method,
  form: Form,
  cause: Cause,
): Stripe.PaymentIntent {
  const returnUrl = form.text('return_url');
  const action: Stripe.PaymentIntent.NextAction =
    returnUrl === undefined
      ? { type: 'use_stripe_sdk', use_stripe_sdk: {} }
      : { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url: returnUrl } };
  const asking: Stripe.PaymentIntent = {
    ...intent,
    status: 'requires_action',
    payment_method: method.id,
    last_payment_error: null,
    next_action: action,
  };
  world.store.intents.set(asking.id, asking);
  world.events.intent('payment_intent.requires_action', asking, cause);
  return asking;
}

function startProcessing(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Method,
  end: 'succeeded' | 'failed',
  cause: Cause,
): Stripe.PaymentIntent {
  const charge = newCharge(world, intent, method, 'pending');
  const processing: Stripe.PaymentIntent = {
    ...intent,
    status: 'processing',
    payment_method: method.id,
    latest_charge: charge.id,
    last_payment_error: null,
    next_action: null,
  };
  world.store.intents.set(processing.id, processing);
  world.store.pending.set(processing.id, { id: processing.id, end, sinceMs: world.nowMs() });
  world.events.intent('payment_intent.processing', processing, cause);
  return processing;
}
