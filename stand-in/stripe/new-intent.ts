import type { Stripe } from 'stripe';
import type { Form } from './form.ts';
import { newId, randomWord } from './ids.ts';
import type { Method } from './payment-methods.ts';
import { badParam } from './stripe-errors.ts';
import { nowSeconds, type World } from './world.ts';

/** Automatic unless types are named, as at Stripe since 2023-08-16. */
export function automaticMethods(form: Form): Stripe.PaymentIntent.AutomaticPaymentMethods | null {
  const enabled = form.flag('automatic_payment_methods[enabled]');
  const named = form.list('payment_method_types').length > 0;
  if (enabled && named) {
    const message =
      'You may only specify one of these parameters: automatic_payment_methods, ' +
      'payment_method_types.';
    throw badParam('payment_method_types', message);
  }
  if (named || enabled === false) return null;
  const redirects = form.text('automatic_payment_methods[allow_redirects]') ?? 'always';
  return { enabled: true, allow_redirects: redirects };
}

/** The fields of a new PaymentIntent; `form` has the optional ones. */
export interface NewIntent {
  readonly amount: number;
  readonly currency: string;
  readonly metadata: Stripe.Metadata;
  readonly automatic: Stripe.PaymentIntent.AutomaticPaymentMethods | null;
  readonly method: Method | undefined;
  readonly form: Form;
}

/** A new PaymentIntent, not in the store yet. */
export function newIntent(world: World, made: NewIntent): Stripe.PaymentIntent {
  const { amount, currency, metadata, automatic, method, form } = made;
  const id = newId('pi_');
  const named = form.list('payment_method_types');
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: automatic,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: form.text('capture_method') ?? 'automatic_async',
    client_secret: `${id}_secret_${randomWord(25)}`,
    confirmation_method: 'automatic',
    created: nowSeconds(world),
    currency,
    customer: null,
    customer_account: null,
    description: form.text('description') ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: named.length > 0 ? named : ['card', 'us_bank_account'],
    payment_record: null,
    processing: null,
    receipt_email: form.text('receipt_email') ?? null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: method === undefined ? 'requires_payment_method' : 'requires_confirmation',
    transfer_group: null,
  };
}
