import { describe, expect, it } from 'vitest';
import { Unreachable } from '../../src/web/client/problem.ts';
import { confirmPayment, readRefusal } from '../../src/web/shop/order/confirm-payment.ts';

const PAYMENT = { paymentIntentId: 'pi_1', clientSecret: 'pi_1_secret', publishableKey: 'pk_1' };
const CARD = { number: '4242 4242 4242 4242', expiry: '12 / 40', cvc: '123' };
const UNEXPECTED = 'payment_intent_unexpected_state';

/** Confirms a payment with Stripe answering like this. */
function confirm(status: number, body: unknown) {
  const send = async () => new Response(JSON.stringify(body), { status });
  return confirmPayment('https://stripe.example', PAYMENT, CARD, send);
}

function refused(error: object, status = 400) {
  return confirm(status, { error: { message: 'No.', ...error } });
}

describe('a confirmed payment', () => {
  it('is sent with its client secret and card', async () => {
    const sent: [string, string][] = [];
    const kind = await confirmPayment(
      'https://stripe.example',
      PAYMENT,
      CARD,
      async (url, init) => {
        sent.push([String(url), String(init?.body)]);
        return Response.json({ status: 'succeeded' });
      },
    );
    expect(kind).toEqual({ kind: 'confirmed' });
    expect(sent[0]?.[0]).toBe('https://stripe.example/v1/payment_intents/pi_1/confirm');
    expect(new URLSearchParams(sent[0]?.[1]).get('client_secret')).toBe('pi_1_secret');
  });

  it.each(['succeeded', 'processing'])(
    'counts as confirmed before when it is %s',
    async (status) => {
      const error = { code: UNEXPECTED, payment_intent: { status } };
      expect(await refused(error)).toEqual({ kind: 'confirmed' });
    },
  );

  it('counts as confirmed before when its state is missing', async () => {
    expect(await refused({ code: UNEXPECTED })).toEqual({ kind: 'confirmed' });
  });

  it('waits for the buyer to confirm with the bank', async () => {
    expect(await confirm(200, { status: 'requires_action' })).toEqual({ kind: 'needs-bank' });
  });
});

it('a cancelled payment is over', async () => {
  const error = { code: UNEXPECTED, payment_intent: { status: 'canceled' } };
  expect(await refused(error)).toEqual({ kind: 'over' });
});

it('a card is declined in the words of its bank', async () => {
  const declined = { kind: 'declined', message: 'No.' };
  const payment_intent = { status: 'requires_payment_method' };
  expect(await refused({ code: 'card_declined', payment_intent }, 402)).toEqual(declined);
  expect(await refused({ code: UNEXPECTED, payment_intent })).toEqual(declined);
  expect(await refused({ code: 'incorrect_number' }, 402)).toEqual(declined);
});

describe('the outcome is unknown', () => {
  it.each([409, 429, 500, 502])('after an answer %i', async (status) => {
    await expect(refused({}, status)).rejects.toMatchObject({ name: 'Unreachable' });
  });

  it.each(['api_connection_error', 'api_error'])('after a Stripe.js %s', (type) => {
    expect(() => readRefusal({ type, message: 'Try again.' })).toThrow(Unreachable);
    const payment_intent = { status: 'succeeded' };
    expect(readRefusal({ type, payment_intent })).toEqual({ kind: 'confirmed' });
  });

  it('after no answer, or one that cannot be read', async () => {
    const lost = async () => Promise.reject(new TypeError('lost'));
    const broken = async () => new Response('<html>', { status: 200 });
    for (const send of [lost, broken]) {
      const confirmed = confirmPayment('https://stripe.example', PAYMENT, CARD, send);
      await expect(confirmed).rejects.toMatchObject({ name: 'Unreachable' });
    }
  });
});
