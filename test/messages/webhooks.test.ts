import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AdminOrderView } from '../../src/api/schemas/order.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { DeliveryView, WebhookView } from '../../src/api/schemas/webhook.ts';
import { listDueDeliveries } from '../../src/db/deliveries.ts';
import type { MessageDeps } from '../../src/messages/deps.ts';
import { silent } from '../support/database.ts';
import { deliverDue, mailsTo } from '../support/messages.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';
import { type Receiver, startReceiver, verified } from '../support/receiver.ts';

type Made = WebhookView & { secret: string };
type Page = { items: DeliveryView[]; nextCursor?: string };

describe('webhooks', () => {
  let system: PaymentSystem;
  let client: Payer;
  let admin: string;
  let receiver: Receiver;
  let sale: SaleView;
  let nowMs: number;
  let deps: MessageDeps;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    client = new Payer(system);
    admin = await client.token('seller', 'admin');
  });
  afterAll(() => system.stop());
  beforeEach(async () => {
    receiver = await startReceiver();
    sale = await client.createSale();
    nowMs = Date.now();
    const webhooks = { allowLocal: true, timeoutMs: 300 };
    deps = { db: system.db, log: silent, nowMs: () => nowMs, webhooks };
  });
  afterEach(async () => {
    receiver.stop();
    await system.db.updateTable('deliveries').set({ state: 'given_up' }).execute();
  });

  const asAdmin = <T>(method: string, path: string, body?: unknown) =>
    client.call<T>(method, `/api/admin${path}`, {
      token: admin,
      ...(body === undefined ? {} : { body }),
    });
  const add = async (more: object = {}) => {
    const wish = { url: receiver.url, ...more };
    return (await asAdmin<Made>('POST', `/sales/${sale.id}/webhooks`, wish)).body;
  };
  const log = async (webhook: Made, query = '') =>
    (await asAdmin<Page>('GET', `/webhooks/${webhook.id}/deliveries${query}`)).body;
  const pay = async () => {
    const who = await client.holdAndPay(sale);
    await client.until(who, 'paid');
    return who;
  };

  it('tell of an order that is paid, signed, with the order as its buyer sees it', async () => {
    const webhook = await add();
    const who = await pay();
    await deliverDue(deps);
    const [first] = receiver.received;
    if (first === undefined) throw new Error('nothing was received');
    const { id, type, createdAt, data } = verified(first, webhook.secret);
    const { ticketId: _, ...order } = await client.order(who);
    expect({ id, type }).toEqual({ id: first.headers['webhook-id'], type: 'order.paid' });
    expect(Date.parse(createdAt)).toBeGreaterThan(nowMs - 60_000);
    expect(data).toEqual({ ...order, buyerId: expect.stringMatching(/^holder-/) });
    expect(JSON.stringify(data)).not.toContain('@');
    expect(() => verified({ ...first, body: `${first.body} ` }, webhook.secret)).toThrow();
    const other = `whsec_${Buffer.alloc(32).toString('base64')}`;
    expect(() => verified(first, other)).toThrow();
  });

  it('tell the seller of a dispute, as it is now; the buyer gets no mail of it', async () => {
    const webhook = await add({ events: ['dispute.opened', 'dispute.closed'] });
    const who = await client.holdAndPay(sale, 'pm_card_createDispute');
    const told = (kind: string) =>
      system.db
        .selectFrom('messages')
        .select('id')
        .where('order_id', '=', who.orderId)
        .where('kind', '=', kind as 'dispute.opened')
        .execute();
    await expect.poll(() => told('dispute.opened')).toHaveLength(1);
    const [dispute] = system.stripe.disputes().slice(-1);
    system.stripe.endDispute(dispute?.id ?? '', 'won');
    await expect.poll(() => told('dispute.closed')).toHaveLength(1);
    await deliverDue({
      ...deps,
      mails: mailsTo({ url: 'smtp://127.0.0.1:9' }),
    });
    const events = receiver.received.map((one) => verified(one, webhook.secret));
    expect(events.map(({ type }) => type)).toEqual(['dispute.opened', 'dispute.closed']);
    expect(events[0]?.data).toMatchObject({
      ...{ id: who.orderId, dispute: { id: dispute?.id, status: 'won', reason: 'fraudulent' } },
    });
    const mails = await system.db
      .selectFrom('deliveries')
      .innerJoin('messages', 'messages.id', 'message_id')
      .select('kind')
      .where('channel', '=', 'mail')
      .where('order_id', '=', who.orderId)
      .execute();
    expect(mails.map(({ kind }) => kind)).toEqual(['order.paid']);
  });

  it('are tried again under the same id while the receiver fails, until it is back', async () => {
    const webhook = await add();
    const { orderId } = await pay();
    receiver.answer = (response) => response.writeHead(500).end('x'.repeat(5_000));
    const waits = [];
    for (let tries = 1; tries <= 4; tries++) {
      expect(await deliverDue(deps)).toBe(1);
      const [delivery] = (await log(webhook)).items;
      expect(delivery).toMatchObject({ status: 'waiting', tries, lastAnswer: { status: 500 } });
      expect(delivery?.lastAnswer?.text).toBe('x'.repeat(200));
      waits.push((Date.parse(delivery?.nextTryAt ?? '') - nowMs) / 1_000);
      nowMs += (waits.at(-1) ?? 0) * 1_000;
    }
    expect(waits).toEqual([5, 30, 120, 600]);
    receiver.answer = (response) => response.writeHead(200).end('thanks');
    await deliverDue(deps);
    const [delivery] = (await log(webhook)).items;
    const answer = { lastAnswer: { status: 200, text: 'thanks' } };
    expect(delivery).toMatchObject({ status: 'sent', tries: 5, orderId, ...answer });
    expect(delivery).not.toHaveProperty('nextTryAt');
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(receiver.received.every((one) => JSON.parse(one.body).id === delivery?.eventId)).toBe(
      true,
    );
    nowMs += 86_400_000;
    expect(await deliverDue(deps)).toBe(0);
  });

  it('have one timeout overall: the head of the answer counts, not its body', async () => {
    const webhook = await add();
    await pay();
    receiver.answer = () => {};
    await deliverDue(deps);
    const late = { status: 'waiting', lastAnswer: { text: 'no answer within 0.3 s' } };
    expect((await log(webhook)).items).toMatchObject([late]);
    nowMs += 60_000;
    receiver.answer = (response) => response.writeHead(200).write('and');
    await deliverDue(deps);
    const taken = { status: 'sent', lastAnswer: { status: 200, text: 'and' } };
    expect((await log(webhook)).items).toMatchObject([taken]);
  });

  it('take an upgrade that nobody asked for as no answer', async () => {
    const webhook = await add();
    await pay();
    receiver.answer = (response) => {
      response.socket?.end(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
      );
    };
    await deliverDue(deps);
    expect((await log(webhook)).items).toMatchObject([{ status: 'waiting', tries: 1 }]);
  });

  it('follow no redirect, and do not take one for an answer', async () => {
    const webhook = await add();
    await pay();
    const elsewhere = await startReceiver();
    receiver.answer = (response) => response.writeHead(307, { location: elsewhere.url }).end();
    await deliverDue(deps);
    expect(elsewhere.received).toEqual([]);
    expect((await log(webhook)).items).toMatchObject([
      { status: 'waiting', lastAnswer: { status: 307 } },
    ]);
    elsewhere.stop();
  });

  it('leave what the seller does with them in the trail, without the secret', async () => {
    const webhook = await add();
    await pay();
    await deliverDue(deps);
    const [delivery] = (await log(webhook)).items;
    await asAdmin('POST', `/deliveries/${delivery?.id}/redeliver`);
    await asAdmin('DELETE', `/webhooks/${webhook.id}`);
    await asAdmin('DELETE', `/webhooks/${webhook.id}`);
    const { items } = (await asAdmin<{ items: object[] }>('GET', `/actions?saleId=${sale.id}`))
      .body;
    const settings = { url: receiver.url, events: webhook.events };
    const subject = { saleId: sale.id, subjectId: webhook.id };
    expect(items).toMatchObject([
      { action: 'webhook.remove', outcome: 'done', ...subject, before: settings },
      {
        action: 'delivery.redeliver',
        outcome: 'done',
        subjectId: delivery?.id,
        before: { status: 'sent', tries: 1 },
        after: { status: 'waiting', tries: 1 },
      },
      { action: 'webhook.add', outcome: 'done', ...subject, after: settings },
      { action: 'sale.create' },
    ]);
    expect(JSON.stringify(items)).not.toContain(webhook.secret);
    const all = (await asAdmin<{ items: object[] }>('GET', '/actions')).body.items;
    expect(all[0]).toMatchObject({ action: 'webhook.remove', outcome: 'refused' });
  });

  it('are given up after a day, and sent again when the seller wants it', async () => {
    const webhook = await add();
    await pay();
    receiver.answer = (response) => response.destroy();
    let tries = 0;
    while ((await log(webhook)).items[0]?.status !== 'given_up' && tries++ < 20) {
      await deliverDue(deps);
      nowMs += 43_200_000;
    }
    const [delivery] = (await log(webhook)).items;
    expect(delivery).toMatchObject({ status: 'given_up', tries: 9 });
    receiver.answer = (response) => response.writeHead(204).end();
    nowMs = Date.now();
    const path = `/deliveries/${delivery?.id}/redeliver`;
    expect(await asAdmin('POST', path)).toMatchObject({ status: 200, body: { status: 'waiting' } });
    nowMs = Date.now();
    await deliverDue(deps);
    expect((await log(webhook)).items).toMatchObject([{ status: 'sent', tries: 10 }]);
    // What was sent can be sent again, too: the receiver knows it by its id.
    await asAdmin('POST', path);
    nowMs = Date.now();
    await deliverDue(deps);
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(ids.slice(-2)).toEqual([delivery?.eventId, delivery?.eventId]);
  });

  it('go to each endpoint that wants to hear of the event and was there before', async () => {
    const all = await add();
    const refunds = await add({ events: ['order.refunded', 'order.refunded'] });
    expect(refunds.events).toEqual(['order.refunded']);
    const who = await pay();
    const late = await add();
    await deliverDue(deps);
    const seen = async (webhook: Made) => (await log(webhook)).items.map(({ type }) => type);
    expect(await seen(all)).toEqual(['order.paid']);
    expect(await seen(refunds)).toEqual([]);
    expect(await seen(late)).toEqual([]);
    await asAdmin('POST', `/orders/${who.orderId}/refund`, {});
    await client.until(who, 'refunded');
    await deliverDue(deps);
    expect(await seen(all)).toEqual(['order.refunded', 'order.paid']);
    expect(await seen(refunds)).toEqual(['order.refunded']);
    const { body } = await asAdmin<{ items: AdminOrderView[] }>('GET', `/sales/${sale.id}/orders`);
    const told = body.items[0]?.messages.map(({ type, webhookId }) => [type, webhookId]);
    expect(told?.sort()).toEqual(
      [
        ['order.paid', all.id],
        ['order.refunded', all.id],
        ['order.refunded', refunds.id],
        ['order.refunded', late.id],
      ].sort(),
    );
  });

  it('are sent a few at a time per endpoint: a hanging one delays no other', async () => {
    const [hanging, second] = [await add(), await add()];
    const rows = Array.from({ length: 60 }, (_, i) => ({
      id: `hang-${sale.id}-${i}`,
      kind: 'order.paid' as const,
      sale_id: sale.id,
      order_id: `none-${i}-${sale.id}`,
    }));
    await system.db.insertInto('messages').values(rows).execute();
    await deliverDue({ ...deps, nowMs: () => 0 }); // addresses them; nothing is due in 1970
    const due = await listDueDeliveries(system.db, { now: new Date(nowMs), mails: false });
    const of = async (webhook: Made) => {
      const { items } = await log(webhook, '?limit=100');
      return items.filter(({ id }) => due.some((task) => task.id === id)).length;
    };
    expect([await of(hanging), await of(second)]).toEqual([20, 20]);
  });

  it('are listed and removed; what waits is given up then', async () => {
    const webhook = await add();
    expect(webhook.secret).toMatch(/^whsec_[\w+/]{43}=$/);
    const list = () => asAdmin<{ items: object[] }>('GET', `/sales/${sale.id}/webhooks`);
    const { secret: _, ...shown } = webhook;
    expect((await list()).body).toEqual({ items: [shown] });
    await pay();
    receiver.answer = (response) => response.writeHead(503).end();
    await deliverDue(deps);
    const [delivery] = (await log(webhook)).items;
    expect((await asAdmin('DELETE', `/webhooks/${webhook.id}`)).status).toBe(204);
    expect((await list()).body).toEqual({ items: [] });
    nowMs += 60_000;
    expect(await deliverDue(deps)).toBe(0);
    const { body } = await asAdmin<{ items: AdminOrderView[] }>('GET', `/sales/${sale.id}/orders`);
    expect(body.items[0]?.messages).toMatchObject([{ status: 'given_up', tries: 1 }]);
    for (const [method, path, code] of [
      ['DELETE', `/webhooks/${webhook.id}`, 'webhook_not_found'],
      ['GET', `/webhooks/${webhook.id}/deliveries`, 'webhook_not_found'],
      ['POST', `/deliveries/${delivery?.id}/redeliver`, 'delivery_not_found'],
      ['POST', '/deliveries/none/redeliver', 'delivery_not_found'],
      ['GET', '/sales/none/webhooks', 'sale_not_found'],
    ] as const) {
      expect(await asAdmin(method, path)).toMatchObject({ status: 404, body: { code } });
    }
  });

  it('are refused where they cannot go, and where there are ten', async () => {
    const path = `/sales/${sale.id}/webhooks`;
    for (const url of ['http://shop.example/', 'https://a:b@shop.example/', 'x', 'https://a b/']) {
      expect(await asAdmin('POST', path, { url })).toMatchObject({
        status: 422,
        body: { code: 'validation_failed', errors: [{ path: 'url' }] },
      });
    }
    for (const events of [[], ['order.lost']]) {
      expect((await asAdmin('POST', path, { url: receiver.url, events })).status).toBe(422);
    }
    const many = Array.from({ length: 12 }, () => asAdmin('POST', path, { url: receiver.url }));
    const answers = (await Promise.all(many)).map(({ status }) => status);
    expect(answers.filter((status) => status === 201)).toHaveLength(10);
    expect(answers.filter((status) => status === 409)).toHaveLength(2);
  });

  it('have a log in pages, newest first', async () => {
    const webhook = await add();
    const orders = [(await pay()).orderId, (await pay()).orderId, (await pay()).orderId];
    await deliverDue(deps);
    const first = await log(webhook, '?limit=2');
    const second = await log(webhook, `?limit=2&cursor=${first.nextCursor}`);
    expect(second.nextCursor).toBeUndefined();
    const seen = [...first.items, ...second.items].map(({ orderId }) => orderId);
    expect(seen).toEqual(orders.reverse());
    const text = (await client.call<string>('GET', '/metrics')).body;
    expect(text).toMatch(/^fairline_messages\{kind="webhook",state="sent"\} [1-9]/m);
    expect(text).toMatch(/^fairline_messages\{kind="outbox",state="waiting"\} 0$/m);
  });
});
