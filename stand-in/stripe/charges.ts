import type { Stripe } from 'stripe';
import { newId } from './ids.ts';
import { type Method, noBillingDetails } from './payment-methods.ts';
import type { TestMethod } from './test-methods.ts';
import { nowSeconds, type World } from './world.ts';

/** Why a charge failed. */
export interface ChargeFailure {
  readonly code: string;
  readonly message: string;
}

/** A charge of the whole intent, kept in the store; a `pending` one is settled later. */
export function newCharge(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Method,
  status: 'succeeded' | 'pending' | 'failed',
  failure?: ChargeFailure,
): Stripe.Charge {
  const charge: Stripe.Charge = {
    id: newId(method.test.type === 'card' ? 'ch_' : 'py_'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: noBillingDetails(),
    calculated_statement_descriptor: null,
    captured: false,
    created: nowSeconds(world),
    currency: intent.currency,
    customer: null,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: null,
    paid: false,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: details(method.test, intent.amount),
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'pending',
    transfer_data: null,
    transfer_group: null,
  };
  if (status === 'succeeded') return settleCharge(world, charge);
  if (failure !== undefined) return failCharge(world, charge, failure);
  world.store.charges.set(charge.id, charge);
  return charge;
}

/** The charge once its money has arrived. */
export function settleCharge(world: World, charge: Stripe.Charge): Stripe.Charge {
  const settled: Stripe.Charge = {
    ...charge,
    status: 'succeeded',
    paid: true,
    captured: true,
    amount_captured: charge.amount,
    balance_transaction: newId('txn_'),
  };
  world.store.charges.set(settled.id, settled);
  return settled;
}

/** The charge once its money can no longer arrive. */
export function failCharge(
  world: World,
  charge: Stripe.Charge,
  { code, message }: ChargeFailure,
): Stripe.Charge {
  const failed: Stripe.Charge = {
    ...charge,
    status: 'failed',
    failure_code: code,
    failure_message: message,
  };
  world.store.charges.set(failed.id, failed);
  return failed;
}

function details(test: TestMethod, amount: number): Stripe.Charge.PaymentMethodDetails {
  if (test.type === 'us_bank_account') {
    return {
      type: 'us_bank_account',
      us_bank_account: {
        account_holder_type: 'individual',
        account_type: 'checking',
        bank_name: test.brand,
        fingerprint: null,
        last4: test.last4,
        payment_reference: null,
        routing_number: '110000000',
      },
    };
  }
  return {
    type: 'card',
    card: {
      amount_authorized: amount,
      authorization_code: null,
      brand: test.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      electronic_commerce_indicator: null,
      exp_month: 12,
      exp_year: 2040,
      funding: 'credit',
      installments: null,
      last4: test.last4,
      mandate: null,
      network: test.brand,
      network_transaction_id: null,
      regulated_status: 'unregulated',
      three_d_secure: null,
      transaction_link_id: null,
      wallet: null,
    },
  };
}
