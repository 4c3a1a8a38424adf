import type { Stripe } from 'stripe';
import { confirmIntent, refuseType } from './confirm.ts';
import type { Cause } from './events.ts';
import type { Form } from './form.ts';
import { mergeMetadata } from './metadata.ts';
import { refuseAmount, refuseCurrency } from './money.ts';
import { automaticMethods, newIntent } from './new-intent.ts';
import { methodFrom } from './payment-methods.ts';
import { badParam, unexpectedState } from './stripe-errors.ts';
import { nowSeconds, type World } from './world.ts';

const CREATE_PARAMS = [
  ...['amount', 'currency', 'metadata', 'description', 'automatic_payment_methods', 'confirm'],
  ...['payment_method', 'payment_method_data', 'payment_method_types', 'receipt_email'],
  ...['return_url', 'capture_method'],
];
const UPDATE_PARAMS = ['amount', 'metadata', 'description', 'payment_method', 'receipt_email'];
const CANCEL_REASONS = ['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'];
const UNPAID = ['requires_payment_method', 'requires_confirmation', 'requires_action'];

/** Creates a PaymentIntent, and confirms it with `confirm=true`. */
export function createIntent(world: World, form: Form, cause: Cause): Stripe.PaymentIntent {
  form.only(CREATE_PARAMS);
  form.required('amount');
  const amount = form.integer('amount', 1) ?? 0;
  const currency = form.required('currency').toLowerCase();
  refuseCurrency(currency);
  refuseAmount(amount, currency);
  if ((form.text('capture_method') ?? 'automatic') === 'manual') {
    throw badParam(
      'capture_method',
      'The stand-in captures at once: capture_method=manual is not supported.',
    );
  }
  const confirm = form.flag('confirm') ?? false;
  const metadata = mergeMetadata({}, form);
  const automatic = automaticMethods(form);
  const method = methodFrom(world, form);
  // An intent that cannot be confirmed is not created either.
  if (confirm && method === undefined) {
    const message = "You cannot confirm this PaymentIntent because it's missing a payment method.";
    throw badParam('payment_method', message);
  }
  const intent = newIntent(world, { amount, currency, metadata, automatic, method, form });
  if (method !== undefined) refuseType(intent, method);
  world.store.intents.set(intent.id, intent);
  world.events.intent('payment_intent.created', intent, cause);
  return confirm ? confirmIntent(world, intent, method, form, cause) : intent;
}

/** Changes metadata, description, receipt, method, or, while it is unpaid, the amount. */
export function updateIntent(
  world: World,
  intent: Stripe.PaymentIntent,
  form: Form,
): Stripe.PaymentIntent {
  form.only(UPDATE_PARAMS);
  const amount = form.integer('amount', 1) ?? intent.amount;
  refuseAmount(amount, intent.currency);
  const metadata = mergeMetadata(intent.metadata, form);
  const method = methodFrom(world, form);
  const changed = amount !== intent.amount ? 'amount' : method && 'payment_method';
  if (changed !== undefined && !UNPAID.includes(intent.status)) {
    throw unexpectedState(
      `This PaymentIntent's ${changed} could not be updated because it has a status of ` +
        `${intent.status}. You may only update the ${changed} of a PaymentIntent with one of the ` +
        `following statuses: ${UNPAID.join(', ')}.`,
      intent,
    );
  }
  const updated: Stripe.PaymentIntent = {
    ...intent,
    amount,
    metadata,
    description: form.text('description') ?? intent.description,
    receipt_email: form.text('receipt_email') ?? intent.receipt_email,
    ...(method && {
      payment_method: method.id,
      status: 'requires_confirmation',
      next_action: null,
    }),
  };
  world.store.intents.set(updated.id, updated);
  return updated;
}

/** Cancels an unpaid intent. One that the bank is processing can no longer be stopped. */
export function cancelIntent(
  world: World,
  intent: Stripe.PaymentIntent,
  form: Form,
  cause: Cause,
): Stripe.PaymentIntent {
  form.only(['cancellation_reason']);
  const reason = form.text('cancellation_reason') ?? null;
  if (reason !== null && !CANCEL_REASONS.includes(reason)) {
    const message = `Invalid cancellation_reason: must be one of ${CANCEL_REASONS.join(', ')}`;
    throw badParam('cancellation_reason', message);
  }
  if (!UNPAID.includes(intent.status)) {
    throw unexpectedState(
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a ` +
        'PaymentIntent with one of the following statuses may be canceled: ' +
        'requires_payment_method, requires_capture, requires_confirmation, requires_action.',
      intent,
    );
  }
  const canceled: Stripe.PaymentIntent = {
    ...intent,
    status: 'canceled',
    canceled_at: nowSeconds(world),
    cancellation_reason: reason,
    next_action: null,
  };
  world.store.intents.set(canceled.id, canceled);
  world.events.intent('payment_intent.canceled', canceled, cause);
  return canceled;
}
