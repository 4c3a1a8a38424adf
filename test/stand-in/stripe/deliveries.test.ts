import { expect, test } from 'vitest';
import { retryDelayMs } from '../../../stand-in/stripe/deliveries.ts';
import { paidWith, Receiver, start, TICKET } from './support.ts';

test('Held events are sent by hand: shuffled, twice, at once', async () => {
  const receiver = await Receiver.start();
  const { standIn, stripe } = await start({ webhookUrl: receiver.url });
  const { deliveries } = standIn;
  deliveries.mode = 'held';
  await stripe.paymentIntents.create(paidWith('pm_card_visa'));
  const held = deliveries.held();
  expect(held.map(({ type }) => type)).toEqual([
    'payment_intent.created',
    'charge.succeeded',
    'payment_intent.succeeded',
  ]);
  expect(receiver.received).toEqual([]);

  const [created, , succeeded] = held.map(({ id }) => id);
  expect(await deliveries.send(String(succeeded))).toBe(200);
  const twice = [deliveries.send(String(created)), deliveries.send(String(created))];
  expect(await Promise.all(twice)).toEqual([200, 200]);
  expect(await deliveries.send(String(succeeded))).toBe(200);
  expect(receiver.types()).toEqual([
    'payment_intent.succeeded',
    'payment_intent.created',
    'payment_intent.created',
    'payment_intent.succeeded',
  ]);

  expect(deliveries.held().map(({ type }) => type)).toEqual(['charge.succeeded']);
  deliveries.release();
  expect(deliveries.mode).toBe('auto');
  await receiver.until(5);
  expect(receiver.types().at(-1)).toBe('charge.succeeded');
  await expect
    .poll(() => standIn.events().map((event) => event.pending_webhooks))
    .toEqual([0, 0, 0]);
});

test('A held event that the receiver refuses stays held', async () => {
  const receiver = await Receiver.start();
  const { standIn, stripe } = await start({ webhookUrl: receiver.url });
  standIn.deliveries.mode = 'held';
  await stripe.paymentIntents.create(TICKET);
  const [event] = standIn.deliveries.held();
  receiver.answer = () => 400;
  expect(await standIn.deliveries.send(String(event?.id))).toBe(400);
  receiver.answer = () => 0;
  expect(await standIn.deliveries.send(String(event?.id))).toBe(0);
  expect(standIn.deliveries.held()).toHaveLength(1);
});

test('A refused event is retried until the receiver accepts it', async () => {
  const receiver = await Receiver.start();
  const delays: number[] = [];
  const { standIn, stripe } = await start({
    webhookUrl: receiver.url,
    retryDelayMs: (attempts) => {
      delays.push(attempts);
      return 1;
    },
  });
  const answers = [500, 302, 0];
  receiver.answer = () => answers.shift() ?? 200;
  const { id } = await stripe.paymentIntents.create(TICKET);
  await receiver.until(4);
  expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(1);
  expect(receiver.received[3]?.event.data.object).toMatchObject({ id });
  expect(delays).toEqual([1, 2, 3]);
  await expect.poll(() => standIn.events()[0]?.pending_webhooks).toBe(0);
});

test('Retries follow after 1 s, 2 s, 4 s … 60 s', () => {
  expect([1, 2, 3, 6, 7, 100].map(retryDelayMs)).toEqual([
    1_000, 2_000, 4_000, 32_000, 60_000, 60_000,
  ]);
});

test('After three days retries end', async () => {
  const retries: number[] = [];
  const receiver = await Receiver.start();
  let nowMs = Date.UTC(2026, 10, 21);
  const { standIn, stripe } = await start({
    webhookUrl: receiver.url,
    nowMs: () => nowMs,
    retryDelayMs: (attempts) => {
      retries.push(attempts);
      return 1;
    },
  });
  receiver.answer = () => {
    if (receiver.received.length === 1) nowMs += 3 * 24 * 60 * 60 * 1000 + 1;
    return 500;
  };
  await stripe.paymentIntents.create(TICKET);
  await receiver.until(2);
  standIn.deliveries.mode = 'held';
  await expect.poll(() => standIn.deliveries.held()).toEqual([]);
  expect(retries).toEqual([1]); // it is not tried a third time
});

test('Without a webhook, events are only listed', async () => {
  const { standIn, stripe } = await start();
  await stripe.paymentIntents.create(TICKET);
  expect(standIn.events()).toMatchObject([{ pending_webhooks: 0 }]);
  await expect(standIn.deliveries.send(String(standIn.events()[0]?.id))).rejects.toThrow(/webhook/);
});
