import { expect, it, onTestFinished } from 'vitest';
import { pagePayments } from '../../../src/api/pages/page-payments.ts';
import { Client } from '../../support/client.ts';
import { startPaymentSystem } from '../../support/payments.ts';
import { STRIPE, startSystem } from '../../support/system.ts';

it('tells pages of the stand-in, with the key and the address that a browser needs', async () => {
  const system = await startPaymentSystem();
  onTestFinished(() => system.stop());
  const { status, body } = await new Client(system.url).call<object>('GET', '/api/config');
  expect(status).toBe(200);
  expect(body).toEqual({
    payments: 'stand-in',
    publishableKey: STRIPE.publishableKey,
    stripeUrl: system.stripeUrl,
    allowGuests: true,
    serverTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
});

it('tells pages where nobody takes payments, and where guests may not in', async () => {
  const system = await startSystem({ auth: { allowGuests: false } });
  onTestFinished(() => system.stop());
  const { body } = await new Client(system.url).call('GET', '/api/config');
  expect(body).toEqual({ payments: 'off', allowGuests: false, serverTime: expect.any(String) });
});

it('a browser page may confirm a payment at the stand-in, and read the answer', async () => {
  const system = await startPaymentSystem();
  onTestFinished(() => system.stop());
  const origin = 'http://localhost:3000';
  const preflight = await fetch(`${system.stripeUrl}/v1/payment_intents/pi_1/confirm`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
  const answer = await fetch(`${system.stripeUrl}/v1/payment_intents/pi_1/confirm`, {
    method: 'POST',
    headers: { origin, authorization: `Bearer ${STRIPE.publishableKey}` },
  });
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
});

it.each([
  ['a proxy of real Stripe', 'https://egress.example', 'pk_test_1'],
  ['a live key, whatever the address', 'http://127.0.0.1:12111', 'pk_live_1'],
])('no card is typed into a form of ours with %s', (_, apiUrl, publishableKey) => {
  const { told, origins } = pagePayments({ apiUrl, publishableKey });
  expect(told).toEqual({ payments: 'stripe', publishableKey });
  expect(origins.scripts).toContain('https://js.stripe.com');
  expect(origins.calls).not.toContain(apiUrl);
});
