import { expect, test } from 'vitest';
import { failureOf, paidWith, start, TICKET } from './support.ts';

/** Five intents, one per second from 1,000 s on; oldest first. */
async function startWithFive() {
  let seconds = 999;
  const parts = await start({ nowMs: () => seconds * 1000 });
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    seconds++;
    ids.push((await parts.stripe.paymentIntents.create(TICKET)).id);
  }
  return { ...parts, ids };
}

test('A list is returned newest first, page by page', async () => {
  const { stripe, ids } = await startWithFive();
  const newest = ids.toReversed();
  const first = await stripe.paymentIntents.list({ limit: 2 });
  expect(first).toMatchObject({ object: 'list', url: '/v1/payment_intents', has_more: true });
  expect(first.data.map(({ id }) => id)).toEqual(newest.slice(0, 2));
  const last = await stripe.paymentIntents.list({ limit: 2, starting_after: String(newest[2]) });
  expect(last.has_more).toBe(false);
  expect(last.data.map(({ id }) => id)).toEqual(newest.slice(3));
  const back = await stripe.paymentIntents.list({ limit: 2, ending_before: String(newest[3]) });
  expect(back.has_more).toBe(true);
  expect(back.data.map(({ id }) => id)).toEqual(newest.slice(1, 3));

  const all = await stripe.paymentIntents.list({ limit: 2 }).autoPagingToArray({ limit: 100 });
  expect(all.map(({ id }) => id)).toEqual(newest);
  const lost = await failureOf(stripe.paymentIntents.list({ starting_after: 'pi_no' }));
  expect(lost).toMatchObject({ statusCode: 400, code: 'resource_missing' });
});

test('A list can be filtered by time', async () => {
  const { stripe, ids } = await startWithFive();
  const within = async (created: { gte?: number; gt?: number; lte?: number; lt?: number }) =>
    (await stripe.paymentIntents.list({ created })).data.map(({ id }) => ids.indexOf(id));
  expect(await within({ gte: 1002 })).toEqual([4, 3, 2]);
  expect(await within({ gt: 1002 })).toEqual([4, 3]);
  expect(await within({ lte: 1001 })).toEqual([1, 0]);
  expect(await within({ lt: 1001 })).toEqual([0]);
  expect(await within({ gte: 1001, lt: 1003 })).toEqual([2, 1]);
  const exact = await stripe.paymentIntents.list({ created: 1004 });
  expect(exact.data.map(({ id }) => id)).toEqual([ids[4]]);
});

test('Events are listed by type and found by id', async () => {
  const { stripe } = await start();
  const { id } = await stripe.paymentIntents.create(paidWith('pm_card_visa'));
  const both = await stripe.events.list({
    types: ['payment_intent.succeeded', 'payment_intent.payment_failed'],
  });
  expect(both.data).toMatchObject([{ type: 'payment_intent.succeeded', data: { object: { id } } }]);
  const one = await stripe.events.list({ type: 'charge.*' });
  expect(one.data.map(({ type }) => type)).toEqual(['charge.succeeded']);
  const found = await stripe.events.retrieve(String(both.data[0]?.id));
  expect(found).toMatchObject({ object: 'event', request: { id: expect.stringMatching(/^req_/) } });
  const rest = await stripe.events.list({ starting_after: found.id });
  expect(rest.data.map(({ type }) => type)).toEqual(['charge.succeeded', 'payment_intent.created']);
});
