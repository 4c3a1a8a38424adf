import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTempDir } from '../../support/temp-dir.ts';
import { failureOf, paidWith, Receiver, start, TICKET } from './support.ts';

const KEYED = { idempotencyKey: 'order-7' };

test('After a restart the money, the responses and the undelivered events are there', async () => {
  const receiver = await Receiver.start();
  const dataFile = join(makeTempDir(), 'deep', 'stripe.jsonl');
  const options = { webhookUrl: receiver.url, dataFile };
  const before = await start(options);
  before.standIn.deliveries.mode = 'held';
  const paid = await before.stripe.paymentIntents.create(paidWith('pm_card_visa'), KEYED);
  const amount = 500;
  const refund = await before.stripe.refunds.create({ payment_intent: paid.id, amount });
  before.standIn.faults.onCall = () => 'error-after';
  const lost = { idempotencyKey: 'lost' };
  await failureOf(before.stripe.paymentIntents.create(TICKET, lost));
  const taken = before.standIn.deliveries.held()[0];
  expect(await before.standIn.deliveries.send(String(taken?.id))).toBe(200);
  const held = before.standIn.deliveries.held().map(({ id }) => id);
  const events = before.standIn.events();
  await before.stop();
  expect(receiver.received).toHaveLength(1);
  expect(existsSync(dataFile)).toBe(true);

  // A run without a webhook delivers nothing and loses nothing.
  const silent = await start({ dataFile });
  await silent.stop();
  expect(receiver.received).toHaveLength(1);

  const { standIn, stripe } = await start(options);
  expect(standIn.balance('eur')).toBe(2000);
  expect(standIn.refunds()).toMatchObject([{ id: refund.id }]);
  expect(standIn.events()).toMatchObject(events.map(({ id, type }) => ({ id, type })));
  await receiver.until(1 + held.length);
  const after = receiver.received.slice(1).map(({ event }) => event.id);
  expect(after.toSorted()).toEqual(held.toSorted());

  const again = await stripe.paymentIntents.create(paidWith('pm_card_visa'), KEYED);
  expect(again.id).toBe(paid.id);
  expect(await failureOf(stripe.paymentIntents.create(TICKET, lost))).toMatchObject({
    statusCode: 500,
    headers: { 'idempotent-replayed': 'true' },
  });
  expect(standIn.intents()).toHaveLength(2);
  const rest = await stripe.refunds.create({ payment_intent: paid.id });
  expect(rest.amount).toBe(2000);
});

test('After a restart, pending payments are settled', async () => {
  const receiver = await Receiver.start();
  const dataFile = join(makeTempDir(), 'stripe.jsonl');
  const before = await start({ dataFile });
  const bank = await before.stripe.paymentIntents.create(paidWith('pm_usBankAccount'));
  await before.stop();

  const { standIn } = await start({ dataFile, webhookUrl: receiver.url, processingMs: 1 });
  await receiver.until(2);
  expect(receiver.types().toSorted()).toEqual(['charge.succeeded', 'payment_intent.succeeded']);
  expect(standIn.intents()).toMatchObject([{ id: bank.id, status: 'succeeded' }]);
  expect(standIn.balance('eur')).toBe(2500);
});
