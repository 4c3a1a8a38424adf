import { Stripe } from 'stripe';
import { expect, test } from 'vitest';
import type { Fault } from '../../../stand-in/stripe/faults.ts';
import type { StripeStandIn } from '../../../stand-in/stripe/stand-in.ts';
import { client, failureOf, paidWith, SECRET_KEY, start, TICKET } from './support.ts';

const KEYED = { idempotencyKey: 'order-7' };

/** The next call fails like this, later ones succeed. */
function failOnce(standIn: StripeStandIn, fault: Fault): void {
  standIn.faults.onCall = () => {
    standIn.faults.onCall = () => 'none';
    return fault;
  };
}

test('The same key gets the same answer, and one payment', async () => {
  const { standIn, stripe } = await start();
  const first = await stripe.paymentIntents.create(paidWith('pm_card_visa'), KEYED);
  const second = await stripe.paymentIntents.create(paidWith('pm_card_visa'), KEYED);
  expect(second.id).toBe(first.id);
  expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined();
  expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
  expect(second.lastResponse.requestId).not.toBe(first.lastResponse.requestId);
  expect(standIn.intents()).toHaveLength(1);
  expect(standIn.balance('eur')).toBe(2500);
  expect(standIn.events()[0]?.request?.idempotency_key).toBe('order-7');
});

test('A decline is replayed too', async () => {
  const { standIn, stripe } = await start();
  const pay = () => stripe.paymentIntents.create(paidWith('pm_card_chargeDeclined'), KEYED);
  const first = await failureOf(pay());
  const second = await failureOf(pay());
  expect(second).toMatchObject({ statusCode: 402, code: 'card_declined' });
  expect(second.charge).toBe(first.charge);
  expect(standIn.intents()).toHaveLength(1);
});

test.each([
  ['error-before', 0],
  ['error-after', 1],
] as const)('A 500 (%s) is replayed, with %i payments', async (fault, payments) => {
  const { standIn, stripe } = await start();
  failOnce(standIn, fault);
  const pay = () => stripe.paymentIntents.create(paidWith('pm_card_visa'), KEYED);
  const first = await failureOf(pay());
  expect(first).toBeInstanceOf(Stripe.errors.StripeAPIError);
  expect(first).toMatchObject({ statusCode: 500, rawType: 'api_error' });
  const second = await failureOf(pay());
  expect(second).toMatchObject({ statusCode: 500, headers: { 'idempotent-replayed': 'true' } });
  expect(standIn.intents()).toHaveLength(payments);
  expect(standIn.balance('eur')).toBe(payments * 2500);
});

test('Other parameters or another path with the same key are refused', async () => {
  const { stripe } = await start();
  const { id } = await stripe.paymentIntents.create(TICKET, KEYED);
  const otherAmount = stripe.paymentIntents.create({ ...TICKET, amount: 100 }, KEYED);
  const otherPath = stripe.paymentIntents.cancel(id, {}, KEYED);
  for (const run of [otherAmount, otherPath]) {
    const error = await failureOf(run);
    expect(error).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    expect(error.statusCode).toBe(400);
  }
});

test('A call refused as malformed leaves the key free', async () => {
  const { stripe } = await start();
  await failureOf(stripe.paymentIntents.create({ ...TICKET, amount: 0 }, KEYED));
  const { status } = await stripe.paymentIntents.create(TICKET, KEYED);
  expect(status).toBe('requires_payment_method');
});

test('While the first call is in progress, its key is in use; then it is free', async () => {
  const { standIn, stripe, url } = await start();
  const hanging = Promise.withResolvers<void>();
  standIn.faults.onCall = () => {
    hanging.resolve();
    standIn.faults.onCall = () => 'none';
    return 'hang-before';
  };
  const gone = new AbortController();
  const body = new URLSearchParams({ amount: '100', currency: 'eur' });
  const headers = { Authorization: `Bearer ${SECRET_KEY}`, 'Idempotency-Key': 'order-7' };
  const request = { method: 'POST', headers, body };
  const first = fetch(`${url}/v1/payment_intents`, { ...request, signal: gone.signal });
  const aborted = expect(first).rejects.toThrow();
  await hanging.promise;
  const small = { amount: 100, currency: 'eur' };
  const error = await failureOf(stripe.paymentIntents.create(small, KEYED));
  expect(error).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
  const other = await failureOf(stripe.paymentIntents.create(TICKET, KEYED));
  expect(other.rawType).toBe('idempotency_error');

  gone.abort();
  await aborted;
  // The SDK retries after a 409, which is all there is to wait for.
  const created = await stripe.paymentIntents.create(small, { ...KEYED, maxNetworkRetries: 3 });
  expect(standIn.intents().map(({ id }) => id)).toEqual([created.id]);
});

test('Keys are forgotten after a day', async () => {
  let nowMs = Date.UTC(2026, 10, 21);
  const { standIn, stripe } = await start({ nowMs: () => nowMs });
  const first = await stripe.paymentIntents.create(TICKET, KEYED);
  nowMs += 24 * 60 * 60 * 1000 - 1;
  expect((await stripe.paymentIntents.create(TICKET, KEYED)).id).toBe(first.id);
  nowMs += 1;
  expect((await stripe.paymentIntents.create(TICKET, KEYED)).id).not.toBe(first.id);
  expect(standIn.intents()).toHaveLength(2);
});

test('A call that timed out after its effect is answered when it is retried', async () => {
  const { standIn, url } = await start();
  failOnce(standIn, 'hang-after');
  const impatient = client(url, SECRET_KEY, { timeout: 100 });
  const pay = () => impatient.paymentIntents.create(paidWith('pm_card_visa'), KEYED);
  expect(await failureOf(pay())).toBeInstanceOf(Stripe.errors.StripeConnectionError);
  expect(standIn.balance('eur')).toBe(2500);
  expect((await pay()).status).toBe('succeeded');
  expect(standIn.balance('eur')).toBe(2500);
});
