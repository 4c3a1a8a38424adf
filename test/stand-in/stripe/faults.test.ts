import { Stripe } from 'stripe';
import { expect, test } from 'vitest';
import type { Call, Fault } from '../../../stand-in/stripe/faults.ts';
import { client, failureOf, paidWith, SECRET_KEY, start, TICKET } from './support.ts';

test('Any call can be made to fail', async () => {
  const { standIn, stripe, browser } = await start();
  const { id, client_secret } = await stripe.paymentIntents.create(TICKET);
  const calls: Call[] = [];
  standIn.faults.onCall = (call) => {
    calls.push(call);
    return call.path.endsWith('/cancel') ? 'error-before' : 'none';
  };
  await browser.get(`/v1/payment_intents/${id}?client_secret=${client_secret}`);
  const error = await failureOf(stripe.paymentIntents.cancel(id));
  expect(error.statusCode).toBe(500);
  expect(calls).toEqual([
    { method: 'GET', path: `/v1/payment_intents/${id}`, by: 'publishable' },
    { method: 'POST', path: `/v1/payment_intents/${id}/cancel`, by: 'secret' },
  ]);
  expect(standIn.intents()[0]?.status).toBe('requires_payment_method');
});

test('A reset breaks the connection, and nothing happened', async () => {
  const { standIn, stripe } = await start();
  standIn.faults.onCall = () => 'reset';
  const error = await failureOf(stripe.paymentIntents.create(paidWith('pm_card_visa')));
  expect(error).toBeInstanceOf(Stripe.errors.StripeConnectionError);
  expect(standIn.intents()).toEqual([]);
});

test.each([
  ['hang-before', 0],
  ['hang-after', 1],
] as const)('%s: the SDK gives up, %i payments', async (fault: Fault, payments) => {
  const { standIn, url } = await start();
  standIn.faults.onCall = () => fault;
  const impatient = client(url, SECRET_KEY, { timeout: 100 });
  const error = await failureOf(impatient.paymentIntents.create(paidWith('pm_card_visa')));
  expect(error).toBeInstanceOf(Stripe.errors.StripeConnectionError);
  expect(error.message).toMatch(/timeout/);
  expect(standIn.intents()).toHaveLength(payments);
});

test('Stripe is unavailable to the seller while a buyer pays', async () => {
  const { standIn, stripe, browser } = await start();
  const { id, client_secret } = await stripe.paymentIntents.create(TICKET);
  standIn.faults.down = true;
  const error = await failureOf(stripe.paymentIntents.retrieve(id));
  expect(error).toBeInstanceOf(Stripe.errors.StripeConnectionError);
  const paid = await browser.post(`/v1/payment_intents/${id}/confirm`, {
    client_secret: String(client_secret),
    payment_method: 'pm_card_visa',
  });
  expect(paid.body.status).toBe('succeeded');
  standIn.faults.down = false;
  expect((await stripe.paymentIntents.retrieve(id)).status).toBe('succeeded');
});

test('It can be controlled over HTTP', async () => {
  const { standIn, stripe, url } = await start();
  const say = async (command: unknown) => {
    const headers = { 'Content-Type': 'application/json' };
    const request = { method: 'POST', headers, body: JSON.stringify(command) };
    const response = await fetch(`${url}/_control`, request);
    return { status: response.status, body: await response.json() };
  };
  expect(await (await fetch(url)).text()).toMatch(/stand-in for Stripe/);
  const bank = await stripe.paymentIntents.create(paidWith('pm_usBankAccount'));
  expect(await say({ down: true, webhooks: 'held' })).toEqual({
    status: 200,
    body: {
      down: true,
      webhooks: 'held',
      held: [],
      processing: [bank.id],
      balance: { eur: 0 },
    },
  });
  expect(standIn.faults.down).toBe(true);
  const ended = await say({ down: false, endProcessing: bank.id, how: 'succeeded' });
  expect(ended.body).toMatchObject({ down: false, processing: [], balance: { eur: 2500 } });
  expect((await say({ endProcessing: bank.id, how: 'failed' })).status).toBe(422);
  expect((await say({ endProcessing: bank.id })).status).toBe(422);
  expect((await say({ up: true })).status).toBe(422);
  expect((await say({ down: 'yes' })).status).toBe(422);
  const plain = await fetch(`${url}/_control`, { method: 'POST', body: '{"down":true}' });
  expect(plain.status).toBe(415);
  expect((await fetch(`${url}/v1/coupons`)).status).toBe(404);
});
