import { expect, test } from 'vitest';
import { failureOf, paidWith, start } from './support.ts';

test('A disputed payment leaves the balance until it is won, and is not refunded', async () => {
  const { standIn, stripe } = await start();
  const method = paidWith('pm_card_createDispute');
  const { id: payment_intent } = await stripe.paymentIntents.create(method);
  const [opened] = standIn.disputes();
  const retrieved = await stripe.disputes.retrieve(opened?.id ?? '');
  expect(retrieved).toMatchObject({ status: 'needs_response', amount: 2500, payment_intent });
  expect(standIn.balance('eur')).toBe(0);
  const refused = await failureOf(stripe.refunds.create({ payment_intent }));
  expect(refused).toMatchObject({ statusCode: 400, code: 'charge_disputed' });
  expect(() => standIn.openDispute(payment_intent)).toThrow('disputed');

  standIn.endDispute(retrieved.id, 'won');
  expect(() => standIn.endDispute(retrieved.id, 'lost')).toThrow('no open dispute');
  expect(standIn.balance('eur')).toBe(2500);
  expect(await stripe.refunds.create({ payment_intent })).toMatchObject({ amount: 2500 });
  expect(standIn.events().map(({ type }) => type)).toEqual([
    ...['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded'],
    ...['charge.dispute.created', 'charge.dispute.closed', 'refund.created', 'charge.refunded'],
  ]);
});

test('What is lost stays lost, and disputes can be controlled over HTTP', async () => {
  const { standIn, stripe, url } = await start();
  const { id } = await stripe.paymentIntents.create(paidWith('pm_card_visa'));
  await stripe.refunds.create({ payment_intent: id, amount: 500 });
  const say = async (command: object) => {
    const headers = { 'Content-Type': 'application/json' };
    const request = { method: 'POST', headers, body: JSON.stringify(command) };
    return (await fetch(`${url}/_control`, request)).status;
  };
  expect(await say({ dispute: id })).toBe(200);
  expect(await say({ dispute: id })).toBe(422);
  const [dispute] = standIn.disputes();
  expect(dispute?.amount).toBe(2000);
  expect(await say({ endDispute: dispute?.id })).toBe(422);
  expect(await say({ endDispute: dispute?.id, won: false })).toBe(200);
  expect(standIn.disputes()).toMatchObject([{ status: 'lost' }]);
  expect(standIn.balance('eur')).toBe(0);
});
