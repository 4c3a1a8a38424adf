import type { Stripe } from 'stripe';
import type { Form } from './form.ts';
import { newId } from './ids.ts';
import { badParam, noSuchParam, StripeFailure } from './stripe-errors.ts';
import { findTestCard, findTestMethod, type TestMethod } from './test-methods.ts';
import { nowSeconds, type World } from './world.ts';

/** A payment method of one buyer: its own id, and the test method that it behaves like. */
export interface Method {
  readonly id: string;
  readonly test: TestMethod;
}

/**
 * Reads the payment method of a call, either by name or as a card number.
 *
 * @returns undefined when the call has none
 * @throws StripeFailure when there is no such method, or the number is wrong
 */
export function methodFrom(world: World, form: Form): Method | undefined {
  const name = form.text('payment_method');
  const type = form.text('payment_method_data[type]');
  if (name) return findMethod(world, name) ?? keepMethod(world, testMethodNamed(name));
  if (type === undefined) return undefined;
  if (type !== 'card') throw badParam('payment_method_data[type]', `Invalid type: ${type}`);
  const number = form.required('payment_method_data[card][number]');
  const test = findTestCard(number);
  if (test !== undefined) return keepMethod(world, test);
  const message = 'Your card number is incorrect.';
  const param = 'payment_method_data[card][number]';
  throw new StripeFailure(
    402,
    { type: 'card_error', code: 'incorrect_number', message, param },
    true,
  );
}

/** A method that was used before. */
export function findMethod({ store }: World, id: string): Method | undefined {
  const used = store.methods.get(id);
  const test = used && findTestMethod(used.name);
  return test && { id, test };
}

/** The method in Stripe's shape. */
export function methodObject(world: World, { id, test }: Method): Stripe.PaymentMethod {
  const base = {
    id,
    object: 'payment_method' as const,
    billing_details: noBillingDetails(),
    created: nowSeconds(world),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: test.type,
  };
  if (test.type === 'us_bank_account') return { ...base, us_bank_account: bankDetails(test) };
  return { ...base, card: cardDetails(test) };
}

export function noBillingDetails(): Stripe.PaymentMethod.BillingDetails {
  return { address: null, email: null, name: null, phone: null, tax_id: null };
}

function testMethodNamed(name: string): TestMethod {
  const test = findTestMethod(name);
  if (test === undefined) throw noSuchParam('PaymentMethod', name, 'payment_method');
  return test;
}

/** Stripe's named test methods are templates: every use creates a method with its own id. */
function keepMethod({ store }: World, test: TestMethod): Method {
  const id = newId('pm_');
  store.methods.set(id, { id, name: test.name });
  return { id, test };
}

function cardDetails(test: TestMethod): Stripe.PaymentMethod.Card {
  return {
    brand: test.brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: null },
    country: 'US',
    display_brand: test.brand,
    exp_month: 12,
    exp_year: 2040,
    funding: 'credit',
    generated_from: null,
    last4: test.last4,
    networks: { available: [test.brand], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
}

function bankDetails(test: TestMethod): Stripe.PaymentMethod.UsBankAccount {
  return {
    account_holder_type: 'individual',
    account_type: 'checking',
    bank_name: test.brand,
    financial_connections_account: null,
    fingerprint: null,
    last4: test.last4,
    networks: null,
    routing_number: '110000000',
    status_details: null,
  };
}
