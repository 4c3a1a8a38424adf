import { expect, test } from 'vitest';
import { failureOf, paidWith, start, TICKET } from './support.ts';

test('A payment is refunded in parts, and never beyond its amount', async () => {
  const { standIn, stripe } = await start();
  const { id: payment_intent } = await stripe.paymentIntents.create(paidWith('pm_card_visa'));
  const first = await stripe.refunds.create({
    payment_intent,
    amount: 1000,
    reason: 'requested_by_customer',
    metadata: { orderId: '7' },
  });
  expect(first).toMatchObject({
    object: 'refund',
    amount: 1000,
    status: 'succeeded',
    payment_intent,
    metadata: { orderId: '7' },
  });
  expect(standIn.balance('eur')).toBe(1500);

  const tooMuch = await failureOf(stripe.refunds.create({ payment_intent, amount: 1501 }));
  expect(tooMuch).toMatchObject({ statusCode: 400, param: 'amount' });
  expect(tooMuch.message).toBe(
    'Refund amount (€15.01) is greater than unrefunded amount on charge (€15.00)',
  );
  const rest = await stripe.refunds.create({ payment_intent });
  expect(rest.amount).toBe(1500);
  const again = await failureOf(stripe.refunds.create({ payment_intent }));
  expect(again).toMatchObject({ statusCode: 400, code: 'charge_already_refunded' });

  expect(standIn.balance('eur')).toBe(0);
  const charge = await stripe.charges.retrieve(String(rest.charge));
  expect(charge).toMatchObject({ refunded: true, amount_refunded: 2500 });
  const listed = await stripe.refunds.list({ payment_intent });
  expect(listed.data.map(({ id }) => id)).toEqual([rest.id, first.id]);
  expect((await stripe.refunds.list({ payment_intent: 'pi_other' })).data).toEqual([]);
  expect((await stripe.refunds.retrieve(first.id)).id).toBe(first.id);
  expect(standIn.events().map(({ type }) => type)).toEqual([
    'payment_intent.created',
    'charge.succeeded',
    'payment_intent.succeeded',
    'refund.created',
    'charge.refunded',
    'refund.created',
    'charge.refunded',
  ]);
});

test('A refund above the charge is refused, and so is one of an unpaid intent', async () => {
  const { standIn, stripe } = await start();
  const paid = await stripe.paymentIntents.create(paidWith('pm_card_visa'));
  const tooMuch = stripe.refunds.create({ payment_intent: paid.id, amount: 2501 });
  expect((await failureOf(tooMuch)).message).toMatch(/greater than charge amount \(€25.00\)/);
  const open = await stripe.paymentIntents.create(TICKET);
  const error = await failureOf(stripe.refunds.create({ payment_intent: open.id }));
  expect(error.message).toMatch(/does not have a successful charge to refund/);
  expect(standIn.refunds()).toEqual([]);
});

test('A refund can fail: the money is the seller’s again', async () => {
  const { standIn, stripe } = await start();
  const { id: payment_intent } = await stripe.paymentIntents.create(paidWith('pm_card_refundFail'));
  const refund = await stripe.refunds.create({ payment_intent });
  expect(refund.status).toBe('succeeded');
  expect(standIn.balance('eur')).toBe(0);
  standIn.endProcessing(refund.id, 'failed');
  expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({
    status: 'failed',
    failure_reason: 'expired_or_canceled_card',
  });
  expect(standIn.balance('eur')).toBe(2500);
  const types = standIn.events().map(({ type }) => type);
  expect(types.slice(-2)).toEqual(['refund.updated', 'refund.failed']);
  const charge = await stripe.charges.retrieve(String(refund.charge));
  expect(charge).toMatchObject({ refunded: false, amount_refunded: 0 });
});

test('A refund can be pending', async () => {
  const { standIn, stripe } = await start();
  const paid = await stripe.paymentIntents.create(paidWith('pm_card_pendingRefund'));
  const refund = await stripe.refunds.create({ payment_intent: paid.id });
  expect(refund.status).toBe('pending');
  standIn.endProcessing(refund.id, 'succeeded');
  expect((await stripe.refunds.retrieve(refund.id)).status).toBe('succeeded');
  expect(standIn.events().at(-1)?.type).toBe('refund.updated');
});

test('The balance is captured minus refunded, by currency', async () => {
  const { standIn, stripe } = await start();
  const euro = await stripe.paymentIntents.create(paidWith('pm_card_visa'));
  await stripe.paymentIntents.create({ ...paidWith('pm_card_visa'), currency: 'usd' });
  await stripe.paymentIntents.create({ ...paidWith('pm_card_visa'), amount: 100 });
  await stripe.refunds.create({ payment_intent: euro.id, amount: 500 });
  const { available } = await stripe.balance.retrieve();
  expect(available).toEqual([
    { amount: 2100, currency: 'eur' },
    { amount: 2500, currency: 'usd' },
  ]);
  expect(standIn.balance('eur')).toBe(2100);
  expect(standIn.balance('gbp')).toBe(0);
});
