import { Stripe } from 'stripe';
import { expect, test } from 'vitest';
import { client, failureOf, paidWith, Receiver, start, TICKET } from './support.ts';

test('A payment is created, confirmed by the browser, and delivered to the webhook', async () => {
  const receiver = await Receiver.start();
  const { standIn, stripe, browser } = await start({ webhookUrl: receiver.url });

  const created = await stripe.paymentIntents.create({ ...TICKET, description: 'Row 1' });
  expect(created).toMatchObject({
    status: 'requires_payment_method',
    amount: 2500,
    currency: 'eur',
    description: 'Row 1',
    metadata: { orderId: '7' },
  });
  const confirmed = await browser.post(`/v1/payment_intents/${created.id}/confirm`, {
    client_secret: String(created.client_secret),
    payment_method: 'pm_card_visa',
  });
  expect(confirmed).toMatchObject({ status: 200, body: { id: created.id, status: 'succeeded' } });
  expect(confirmed.headers.get('access-control-allow-origin')).toBe('*');
  expect(confirmed.headers.get('request-id')).toMatch(/^req_/);
  expect(confirmed.body).not.toHaveProperty('metadata');

  await receiver.until(3);
  expect(receiver.types().toSorted()).toEqual([
    'charge.succeeded',
    'payment_intent.created',
    'payment_intent.succeeded',
  ]);
  expect(standIn.events().map(({ type }) => type)).toEqual([
    'payment_intent.created',
    'charge.succeeded',
    'payment_intent.succeeded',
  ]);
  const first = receiver.received.find(({ event }) => event.type === 'payment_intent.created');
  expect(first?.event).toMatchObject({
    api_version: Stripe.API_VERSION,
    data: { object: { id: created.id, status: 'requires_payment_method' } },
  });
  const paid = await stripe.paymentIntents.retrieve(created.id, { expand: ['latest_charge'] });
  expect(paid).toMatchObject({
    status: 'succeeded',
    amount_received: 2500,
    latest_charge: { object: 'charge', paid: true, payment_intent: created.id },
  });
});

test.each([
  ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
  ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
  ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
  ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
  ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
  ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
  ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
])('%s is declined, and another card may follow', async (method, code, declineCode) => {
  const { standIn, stripe } = await start();
  const { id } = await stripe.paymentIntents.create(TICKET);
  const error = await failureOf(stripe.paymentIntents.confirm(id, { payment_method: method }));
  expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
  expect(error).toMatchObject({
    statusCode: 402,
    rawType: 'card_error',
    code,
    decline_code: declineCode,
    payment_intent: { id, status: 'requires_payment_method', last_payment_error: { code } },
  });
  expect(standIn.events().at(-1)?.type).toBe('payment_intent.payment_failed');
  expect(standIn.balance('eur')).toBe(0);

  const paid = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_mastercard' });
  expect(paid).toMatchObject({ status: 'succeeded', last_payment_error: null });
});

test.each([
  ['4242 4242 4242 4242', 200, 'succeeded'],
  ['4000000000000002', 402, 'card_declined'],
  ['4000000000009995', 402, 'card_declined'],
  ['4000002500003155', 200, 'requires_action'],
  ['4242424242424241', 402, 'incorrect_number'],
])('The browser pays with card number %s: %s %s', async (number, status, said) => {
  const { stripe, browser } = await start();
  const { id, client_secret } = await stripe.paymentIntents.create(TICKET);
  const answer = await browser.post(`/v1/payment_intents/${id}/confirm`, {
    client_secret: String(client_secret),
    'payment_method_data[type]': 'card',
    'payment_method_data[card][number]': number,
    'payment_method_data[card][exp_month]': '12',
  });
  expect(answer.status).toBe(status);
  expect(answer.body.status ?? answer.body.error?.code).toBe(said);
});

test('A browser needs the right client secret and can do nothing else', async () => {
  const { stripe, browser, url } = await start();
  const { id, client_secret } = await stripe.paymentIntents.create(TICKET);
  const path = `/v1/payment_intents/${id}`;
  expect((await browser.get(`${path}?client_secret=${client_secret}`)).body.id).toBe(id);
  expect((await browser.get(path)).body.error).toMatchObject({ param: 'client_secret' });

  const wrong = { code: 'payment_intent_invalid_parameter', param: 'client_secret' };
  const looked = await browser.get(`${path}?client_secret=${id}_secret_guess`);
  expect(looked).toMatchObject({ status: 400, body: { error: wrong } });
  const fields = { client_secret: `${id}_secret_guess`, payment_method: 'pm_card_visa' };
  const confirmed = await browser.post(`${path}/confirm`, fields);
  expect(confirmed).toMatchObject({ status: 400, body: { error: wrong } });

  const refused = { status: 403, body: { error: { code: 'secret_key_required' } } };
  expect(await browser.get('/v1/payment_intents')).toMatchObject(refused);
  expect(await browser.get('/v1/events')).toMatchObject(refused);
  expect(await browser.post('/v1/refunds', { payment_intent: id })).toMatchObject(refused);
  expect(await browser.post(`${path}/cancel`, {})).toMatchObject(refused);
  expect(await browser.post('/v1/payment_intents', { amount: '1' })).toMatchObject(refused);

  const badKey = await failureOf(client(url, 'rk_live_no').balance.retrieve());
  expect(badKey).toMatchObject({ statusCode: 401, rawType: 'invalid_request_error' });
  expect((await fetch(`${url}/v1/balance`)).status).toBe(401);
  const basic = `Basic ${Buffer.from('sk_test_x:').toString('base64')}`;
  const asCurl = await fetch(`${url}/v1/balance`, { headers: { Authorization: basic } });
  expect(asCurl.status).toBe(200);
  expect((await stripe.paymentIntents.retrieve(id)).status).toBe('requires_payment_method');
});

test('A paid, canceled or processing payment cannot be canceled', async () => {
  const { standIn, stripe } = await start();
  const open = await stripe.paymentIntents.create(TICKET);
  const reason = { cancellation_reason: 'abandoned' } as const;
  const canceled = await stripe.paymentIntents.cancel(open.id, reason);
  expect(canceled).toMatchObject({ status: 'canceled', ...reason });
  expect(standIn.events().at(-1)?.type).toBe('payment_intent.canceled');

  const paid = await stripe.paymentIntents.create(paidWith('pm_card_visa'));
  const bank = await stripe.paymentIntents.create(paidWith('pm_usBankAccount_success'));
  expect(bank.status).toBe('processing');
  for (const { id, status } of [canceled, paid, bank]) {
    const error = await failureOf(stripe.paymentIntents.cancel(id));
    expect(error).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
      payment_intent: { id, status },
    });
  }
  const twice = await failureOf(
    stripe.paymentIntents.confirm(paid.id, { payment_method: 'pm_card_visa' }),
  );
  expect(twice.code).toBe('payment_intent_unexpected_state');
});

test('A bank takes its time and then pays, or does not', async () => {
  const { standIn, stripe } = await start();
  const good = await stripe.paymentIntents.create(paidWith('pm_usBankAccount'));
  const bad = await stripe.paymentIntents.create(paidWith('pm_usBankAccount_insufficientFunds'));
  expect(standIn.balance('eur')).toBe(0);
  standIn.endProcessing(good.id, 'succeeded');
  standIn.endProcessing(bad.id, 'failed');
  expect(await stripe.paymentIntents.retrieve(good.id)).toMatchObject({ status: 'succeeded' });
  expect(await stripe.paymentIntents.retrieve(bad.id)).toMatchObject({
    status: 'requires_payment_method',
    last_payment_error: { code: 'insufficient_funds' },
  });
  expect(standIn.events().map(({ type }) => type)).toEqual([
    'payment_intent.created',
    'payment_intent.processing',
    'payment_intent.created',
    'payment_intent.processing',
    'charge.succeeded',
    'payment_intent.succeeded',
    'payment_intent.payment_failed',
  ]);
  expect(standIn.balance('eur')).toBe(2500);
  expect(() => standIn.endProcessing(good.id, 'failed')).toThrow(/Nothing is pending/);
});

test('With processingMs a payment settles by itself', async () => {
  const receiver = await Receiver.start();
  const { stripe } = await start({ webhookUrl: receiver.url, processingMs: 1 });
  const good = await stripe.paymentIntents.create(paidWith('pm_usBankAccount_success'));
  const bad = await stripe.paymentIntents.create(paidWith('pm_usBankAccount_insufficientFunds'));
  await receiver.until(7);
  expect((await stripe.paymentIntents.retrieve(good.id)).status).toBe('succeeded');
  expect((await stripe.paymentIntents.retrieve(bad.id)).status).toBe('requires_payment_method');
});

test('A buyer who is asked to authenticate does so, or does not', async () => {
  const { standIn, stripe } = await start();
  const first = await stripe.paymentIntents.create(paidWith('pm_card_authenticationRequired'));
  expect(first).toMatchObject({
    status: 'requires_action',
    next_action: { type: 'use_stripe_sdk' },
  });
  expect(standIn.events().at(-1)?.type).toBe('payment_intent.requires_action');
  const second = await stripe.paymentIntents.create({
    ...paidWith('pm_card_threeDSecure2Required'),
    return_url: 'http://shop.test/back',
  });
  expect(second.next_action?.redirect_to_url?.return_url).toBe('http://shop.test/back');
  standIn.endProcessing(first.id, 'succeeded');
  standIn.endProcessing(second.id, 'failed');
  expect((await stripe.paymentIntents.retrieve(first.id)).status).toBe('succeeded');
  expect(await stripe.paymentIntents.retrieve(second.id)).toMatchObject({
    status: 'requires_payment_method',
    last_payment_error: { code: 'payment_intent_authentication_failure' },
  });
});

test('An intent can be changed, its amount only while it is unpaid', async () => {
  const { stripe } = await start();
  const { id } = await stripe.paymentIntents.create(TICKET);
  const metadata = { orderId: '', seat: '12' };
  const changed = await stripe.paymentIntents.update(id, { amount: 3000, metadata });
  expect(changed).toMatchObject({ amount: 3000, metadata: { seat: '12' } });
  expect(changed.metadata).not.toHaveProperty('orderId');
  await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_amex' });
  const error = await failureOf(stripe.paymentIntents.update(id, { amount: 4000 }));
  expect(error.code).toBe('payment_intent_unexpected_state');
  const noted = await stripe.paymentIntents.update(id, { description: 'Late note' });
  expect(noted).toMatchObject({ description: 'Late note', status: 'succeeded' });
});

test('Malformed calls are refused by parameter, and nothing is created', async () => {
  const { standIn, stripe } = await start();
  const { paymentIntents } = stripe;
  const cases: Array<[Promise<unknown>, string, string | undefined]> = [
    [paymentIntents.create({ amount: 0, currency: 'eur' }), 'amount', 'parameter_invalid_integer'],
    [
      paymentIntents.create({ amount: 1.5, currency: 'eur' }),
      'amount',
      'parameter_invalid_integer',
    ],
    [paymentIntents.create({ amount: 1, currency: '' }), 'currency', 'parameter_missing'],
    [paymentIntents.create({ amount: 1, currency: 'zzz' }), 'currency', undefined],
    [paymentIntents.create({ amount: 49, currency: 'eur' }), 'amount', 'amount_too_small'],
    [paymentIntents.create({ amount: 1e8, currency: 'eur' }), 'amount', 'amount_too_large'],
    [paymentIntents.create({ amount: 1_234, currency: 'kwd' }), 'amount', 'invalid_charge_amount'],
    [paymentIntents.create({ amount: 150, currency: 'ugx' }), 'amount', 'invalid_charge_amount'],
    [paymentIntents.create({ amount: 1e12, currency: 'idr' }), 'amount', 'amount_too_large'],
    [paymentIntents.create({ amount: 100, currency: 'bov' }), 'currency', undefined],
    [paymentIntents.create({ ...TICKET, off_session: true }), 'off_session', 'parameter_unknown'],
    [paymentIntents.create({ ...TICKET, confirm: true }), 'payment_method', undefined],
    [paymentIntents.create(paidWith('pm_card_none')), 'payment_method', 'resource_missing'],
    [paymentIntents.list({ limit: 101 }), 'limit', 'parameter_invalid_integer'],
    [stripe.refunds.create({ payment_intent: 'pi_no' }), 'payment_intent', 'resource_missing'],
  ];
  for (const [run, param, code] of cases) {
    const error = await failureOf(run);
    expect(error).toMatchObject({ statusCode: 400, rawType: 'invalid_request_error', param });
    expect(error.code).toBe(code);
  }
  const missing = await failureOf(paymentIntents.retrieve('pi_no'));
  expect(missing).toMatchObject({ statusCode: 404, code: 'resource_missing', param: 'intent' });
  expect(standIn.intents()).toEqual([]);
  expect(standIn.events()).toEqual([]);
});
