import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AdminOrderView } from '../../src/api/schemas/order.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { noteContacts } from '../../src/db/contacts.ts';
import { claimDelivery, listDueDeliveries, recordTry } from '../../src/db/deliveries.ts';
import { addressMessages } from '../../src/db/messages.ts';
import type { MessageDeps } from '../../src/messages/deps.ts';
import { silent } from '../support/database.ts';
import { type MailServer, startMailServer } from '../support/mail-server.ts';
import { deliverDue, mailsTo } from '../support/messages.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';

const DAY_MS = 86_400_000;

describe('mails', () => {
  let system: PaymentSystem;
  let client: Payer;
  let server: MailServer;
  let nowMs: number;
  let deps: MessageDeps;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    client = new Payer(system);
  });
  afterAll(() => system.stop());
  beforeEach(async () => {
    server = await startMailServer();
    nowMs = Date.now();
    deps = {
      db: system.db,
      log: silent,
      nowMs: () => nowMs,
      mails: mailsTo(server),
      webhooks: { allowLocal: true },
    };
    await deliverDue({ ...deps, nowMs: () => nowMs + 10 * DAY_MS }); // what other tests left
    server.mails.length = 0;
  });
  afterEach(() => server.stop());

  /** An order that is paid, by a buyer with this address. */
  const paid = async (email?: string, sale?: SaleView) => {
    const who = await client.holdAndPay(sale ?? (await client.createSale()));
    await client.until(who, 'paid');
    const { buyer_id: buyer } = await system.db
      .selectFrom('orders')
      .select('buyer_id')
      .where('id', '=', who.orderId)
      .executeTakeFirstOrThrow();
    if (email !== undefined) await noteContacts(system.db, [{ buyer, email }]);
    return who;
  };
  /** What the seller sees of the messages of an order. */
  const shown = async (orderId: string) => {
    const { sale_id: sale } = await system.db
      .selectFrom('orders')
      .select('sale_id')
      .where('id', '=', orderId)
      .executeTakeFirstOrThrow();
    const { body } = await client.call<{ items: AdminOrderView[] }>(
      'GET',
      `/api/admin/sales/${sale}/orders`,
      { token: await client.token('seller', 'admin') },
    );
    return body.items.find(({ id }) => id === orderId)?.messages ?? [];
  };

  it('a paid order is told to its buyer, once, and the seller sees it', async () => {
    const { orderId } = await paid('ann@example.org');
    expect(await deliverDue(deps)).toBe(1);
    expect(await deliverDue(deps)).toBe(0);
    const [mail] = server.mails;
    const [message] = await shown(orderId);
    expect(server.mails).toHaveLength(1);
    expect(mail?.to).toEqual(['ann@example.org']);
    expect(mail?.parsed).toMatchObject({
      subject: 'Paid: Sale',
      from: { name: 'Shop', address: 'tickets@shop.example' },
      messageId: `<${message?.eventId}@shop.example>`,
      text: expect.stringContaining('1 × Product 1, €10.00 each'),
      html: expect.stringContaining('<li>1 × Product 1, €10.00 each</li>'),
    });
    const link = `https://shop.example/orders/${orderId}`;
    expect(mail?.parsed.text).toContain(`See your order: ${link}`);
    expect(mail?.parsed.html).toContain(`<a href="${link}`);
    expect(mail?.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(message).toMatchObject({
      type: 'order.paid',
      channel: 'mail',
      status: 'sent',
      tries: 1,
      orderId,
      lastAnswer: { status: 250 },
    });
  });

  it('a refund is told as well, behind the payment', async () => {
    const { orderId, token } = await paid('bob@example.org');
    await deliverDue(deps);
    await client.call('POST', `/api/admin/orders/${orderId}/refund`, {
      token: await client.token('seller', 'admin'),
      body: {},
    });
    await client.until({ orderId, token }, 'refunded');
    await deliverDue(deps);
    expect(server.mails.map(({ parsed }) => parsed.subject)).toEqual([
      'Paid: Sale',
      'Refunded: Sale',
    ]);
  });

  it('an offer is told while it can be taken, and not later', async () => {
    const sale = await client.createSale({ stock: 1, waitlist: true });
    const offer = async (buyer: string) => {
      const before = await client.hold(sale);
      const token = await client.token(buyer);
      const { ticketId } = await client.buy(sale, token);
      await client.call('POST', `/api/orders/${before.orderId}/cancel`, { token: before.token });
      const path = `/api/tickets/${ticketId}?wait=10`;
      await client.call('GET', path, { token });
      await noteContacts(system.db, [{ buyer, email: `${buyer}@example.org` }]);
      return { ticketId, token };
    };
    const first = await offer('cleo');
    await deliverDue(deps);
    expect(server.mails.map(({ to, parsed }) => [to[0], parsed.subject])).toEqual([
      ['cleo@example.org', 'It is your turn: Sale'],
    ]);
    await client.call('DELETE', `/api/tickets/${first.ticketId}`, { token: first.token });
    const second = await offer('dora');
    await client.call('DELETE', `/api/tickets/${second.ticketId}`, { token: second.token });
    await deliverDue(deps);
    expect(server.mails).toHaveLength(1);
    const { id } = await system.db
      .selectFrom('orders')
      .select('id')
      .where('buyer_id', '=', 'dora')
      .executeTakeFirstOrThrow();
    expect(await shown(id)).toMatchObject([
      { status: 'outdated', lastAnswer: { text: 'the order is cancelled by now' } },
    ]);
  });

  it('whose address nobody knows gets none, and that is noted', async () => {
    const { orderId } = await paid();
    for (const [waitMs, status] of [
      [0, 'waiting'],
      [2_000, 'waiting'],
      [10_000, 'waiting'],
      [60_000, 'no_address'],
    ] as const) {
      nowMs += waitMs;
      await deliverDue(deps);
      expect(await shown(orderId)).toMatchObject([{ status, channel: 'mail' }]);
    }
    nowMs += DAY_MS;
    expect(await deliverDue(deps)).toBe(0);
    expect(server.mails).toEqual([]);
  });

  it('an address gets so many a day, whoever uses it, and the seller sees it', async () => {
    const limited = () => ({ ...deps, mails: mailsTo(server, 2) });
    const email = 'victim@example.org';
    const sale = await client.createSale({ products: [{ stock: 9, amount: 0 }] });
    const confirmed = async (to: string) => {
      const who = await client.hold(sale);
      await client.call('POST', `/api/orders/${who.orderId}/confirm`, { token: who.token });
      await client.until(who, 'paid');
      const { buyer_id: buyer } = await system.db
        .selectFrom('orders')
        .select('buyer_id')
        .where('id', '=', who.orderId)
        .executeTakeFirstOrThrow();
      await noteContacts(system.db, [{ buyer, email: to }]);
      return who;
    };
    const first = await confirmed(email);
    await confirmed(email.toUpperCase());
    server.refuse.mail = 451;
    await deliverDue(limited());
    server.refuse = {};
    nowMs += 5_000;
    // What the server refused did not count.
    await deliverDue(limited());
    expect(server.mails).toHaveLength(2);
    const third = await confirmed(email);
    const elsewhere = await confirmed('other@example.org');
    await deliverDue(limited());
    expect(server.mails.map(({ to }) => to[0])).toEqual([
      email,
      'VICTIM@example.org',
      'other@example.org',
    ]);
    expect(await shown(third.orderId)).toMatchObject([
      { status: 'over_limit', lastAnswer: { text: 'the address has had 2 mails today' } },
    ]);
    expect(await shown(first.orderId)).toMatchObject([{ status: 'sent' }]);
    expect(await shown(elsewhere.orderId)).toMatchObject([{ status: 'sent' }]);
    // A payment is no prank: its mail is neither refused nor counted.
    const bought = await paid(email);
    await deliverDue(limited());
    expect(await shown(bought.orderId)).toMatchObject([{ status: 'sent' }]);
    const { body } = await client.call<string>('GET', '/metrics');
    expect(body).toMatch(/fairline_messages\{kind="mail",state="over_limit"\} [1-9]/);

    // The next day its seller sends it.
    nowMs += DAY_MS;
    const [message] = await shown(third.orderId);
    await client.call('POST', `/api/admin/deliveries/${message?.id}/redeliver`, {
      token: await client.token('seller', 'admin'),
    });
    await deliverDue(limited());
    expect(server.mails.at(-1)?.to).toEqual([email]);
    expect(await shown(third.orderId)).toMatchObject([{ status: 'sent' }]);
  });

  it('an unavailable server is retried with back-off for a day, then given up', async () => {
    const { orderId } = await paid('ann@example.org');
    server.refuse.mail = 451;
    const waits = [];
    for (;;) {
      expect(await deliverDue(deps)).toBe(1);
      const [message] = await shown(orderId);
      if (message?.status !== 'waiting') break;
      expect(message.lastAnswer?.status).toBe(451);
      waits.push((Date.parse(message.nextTryAt ?? '') - nowMs) / 1_000);
      nowMs += (waits.at(-1) ?? 0) * 1_000 - 1;
      expect(await deliverDue(deps)).toBe(0);
      nowMs += 1;
    }
    expect(waits).toEqual([5, 30, 120, 600, 3_600, 10_800, 21_600, 43_200]);
    expect(await shown(orderId)).toMatchObject([{ status: 'given_up', tries: 9 }]);

    server.refuse = {};
    const [message] = await shown(orderId);
    const again = await client.call('POST', `/api/admin/deliveries/${message?.id}/redeliver`, {
      token: await client.token('seller', 'admin'),
    });
    expect(again).toMatchObject({ status: 200, body: { status: 'waiting', tries: 9 } });
    await deliverDue(deps);
    expect(server.mails).toHaveLength(1);
    expect(await shown(orderId)).toMatchObject([{ status: 'sent', tries: 10 }]);
  });

  it('a server that cannot be reached is tried again as well', async () => {
    const { orderId } = await paid('ann@example.org');
    const { url } = server;
    await server.stop();
    await deliverDue(deps);
    expect(await shown(orderId)).toMatchObject([{ status: 'waiting', tries: 1 }]);
    server = await startMailServer(Number(new URL(url).port));
    nowMs += 5_000;
    await deliverDue(deps);
    expect(server.mails).toHaveLength(1);
  });

  it('a server that refuses us is retried: it says nothing about the mailbox', async () => {
    const { orderId } = await paid('ann@example.org');
    server.refuse = { mailbox: 554, words: '5.7.1 client host blocked' };
    await deliverDue(deps);
    expect(await shown(orderId)).toMatchObject([
      { status: 'waiting', lastAnswer: { status: 554 } },
    ]);
    server.refuse = {};
    nowMs += 5_000;
    await deliverDue(deps);
    expect(server.mails).toHaveLength(1);
  });

  it('a confirmation is not sent any more once the order was refunded', async () => {
    const { orderId } = await paid('ann@example.org');
    server.refuse.mail = 451;
    await deliverDue(deps);
    const token = await client.token('seller', 'admin');
    await client.call('POST', `/api/admin/orders/${orderId}/refund`, { token, body: {} });
    server.refuse = {};
    nowMs += 5_000;
    await deliverDue(deps);
    expect(server.mails.map(({ parsed }) => parsed.subject)).toEqual(['Refunded: Sale']);
    expect(await shown(orderId)).toMatchObject([{ status: 'outdated' }, { status: 'sent' }]);
  });

  it('what cannot be recorded is not sent: a read-only Postgres causes no flood', async () => {
    const { orderId } = await paid('ann@example.org');
    await addressMessages(system.db, { mails: true, now: new Date(nowMs), limit: 10 });
    const full = sql`
      create function disk_is_full() returns trigger language plpgsql as
      $$ begin raise exception using errcode = '53100', message = 'disk full'; end $$`;
    await full.execute(system.owner);
    await sql`create trigger full_disk before update on deliveries
      execute function disk_is_full()`.execute(system.owner);
    for (const _ of [1, 2, 3]) await deliverDue(deps).catch(() => {});
    expect(server.mails).toHaveLength(0);
    await sql`drop trigger full_disk on deliveries`.execute(system.owner);
    await deliverDue(deps);
    expect(server.mails).toHaveLength(1);
    expect(await shown(orderId)).toMatchObject([{ status: 'sent' }]);
  });

  it('an attempt that was never recorded is repeated when its lease expires', async () => {
    const { orderId } = await paid('ann@example.org');
    await addressMessages(system.db, { mails: true, now: new Date(nowMs), limit: 10 });
    const [task] = await listDueDeliveries(system.db, { now: new Date(nowMs), mails: true });
    const until = new Date(nowMs + 45_000);
    await claimDelivery(system.db, task?.id ?? '', { now: new Date(nowMs), until });
    nowMs += 44_999;
    expect(await deliverDue(deps)).toBe(0);
    nowMs += 1;
    expect(await deliverDue(deps)).toBe(1);
    expect(await shown(orderId)).toMatchObject([{ status: 'sent', tries: 2 }]);
  });

  it('a try that ends after the seller wanted it once more does not undo that', async () => {
    const { orderId } = await paid('ann@example.org');
    await addressMessages(system.db, { mails: true, now: new Date(nowMs), limit: 10 });
    const [task] = await listDueDeliveries(system.db, { now: new Date(nowMs), mails: true });
    const lease = { now: new Date(nowMs), until: new Date(nowMs + 45_000) };
    const claimed = await claimDelivery(system.db, task?.id ?? '', lease);
    if (claimed === undefined) throw new Error('it is not due');
    const token = await client.token('seller', 'admin');
    await client.call('POST', `/api/admin/deliveries/${claimed.id}/redeliver`, { token });
    await recordTry(system.db, claimed, {
      state: 'given_up',
      step: 9,
      nextTryAt: new Date(nowMs),
      status: 451,
      answer: 'no',
    });
    expect(await shown(orderId)).toMatchObject([{ status: 'waiting' }]);
    nowMs = Date.now();
    await deliverDue(deps);
    expect(server.mails).toHaveLength(1);
  });

  it('a mailbox that is not there is given up at once, and its address is not kept', async () => {
    const { orderId } = await paid('gone@example.org');
    server.refuse = { mailbox: 550, words: '5.1.1 no <gone@example.org> here' };
    await deliverDue(deps);
    const [message] = await shown(orderId);
    expect(message).toMatchObject({ status: 'given_up', tries: 1, lastAnswer: { status: 550 } });
    expect(JSON.stringify(message)).not.toContain('@');
  });

  it('names and addresses add no header and no recipient', async () => {
    const sale = await client.createSale({ name: 'Gala\r\nBcc: eve@example.org\r\n\r\nHello' });
    await paid('ann@example.org', sale);
    await deliverDue(deps);
    const [mail] = server.mails;
    expect(mail?.to).toEqual(['ann@example.org']);
    expect(mail?.parsed.bcc ?? []).toEqual([]);
    expect(mail?.parsed.subject).toBe('Paid: Gala Bcc: eve@example.org Hello');
    for (const email of [
      'ann@example.org\r\nBcc: eve@example.org',
      'ann@example.org, eve@example.org',
      'Ann <ann@example.org>',
    ]) {
      await paid(email);
      await deliverDue(deps);
    }
    expect(server.mails).toHaveLength(1);
  });

  it('without a server none is addressed to anybody', async () => {
    const { orderId } = await paid('ann@example.org');
    await deliverDue({ ...deps, mails: undefined });
    expect(await shown(orderId)).toEqual([]);
    expect(await deliverDue(deps)).toBe(0);
  });
});
