import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressMessages } from '../../src/db/messages.ts';
import { checkDatabase } from '../support/checker.ts';
import { endHold } from '../support/holds.ts';
import { type MailServer, startMailServer } from '../support/mail-server.ts';
import { checkMessages, mailsTo } from '../support/messages.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';
import { proxyTo, type TcpProxy } from '../support/proxy.ts';

describe('the outbox', () => {
  let system: PaymentSystem;
  let client: Payer;
  let postgres: TcpProxy;
  beforeEach(async () => {
    system = await startPaymentSystem({
      async wrapDatabase(url) {
        postgres = await proxyTo(new URL(url));
        return postgres.url;
      },
    });
    client = new Payer(system);
  });
  afterEach(async () => {
    await system.stop();
    postgres.close();
  });

  const messages = async () => {
    const rows = await system.db
      .selectFrom('messages')
      .select(['kind', 'order_id'])
      .orderBy('position')
      .execute();
    return rows.map(({ kind, order_id: order }) => [kind, order]);
  };
  /**
   * A sale of one unit: one buyer holds it and gives it back, another one waits, pays and is
   * refunded.
   */
  const sellAgain = async () => {
    const sale = await client.createSale({ stock: 1, waitlist: true });
    const first = await client.hold(sale);
    const token = await client.token('waiting');
    const { ticketId } = await client.buy(sale, token);
    await client.call('POST', `/api/orders/${first.orderId}/cancel`, { token: first.token });
    const offered = await client.call<{ order: { id: string } }>(
      'GET',
      `/api/tickets/${ticketId}?wait=10`,
      { token },
    );
    const orderId = offered.body.order.id;
    await client.confirm(await client.payment(orderId, token));
    await client.until({ orderId, token }, 'paid');
    const admin = await client.token('seller', 'admin');
    await client.call('POST', `/api/admin/orders/${orderId}/refund`, { token: admin, body: {} });
    await client.until({ orderId, token }, 'refunded');
    return orderId;
  };

  it('keeps what only a newer version can tell for its workers', async () => {
    system.startWorker();
    const sale = await client.createSale();
    const { orderId } = await client.hold(sale);
    await sql`insert into messages (id, kind, order_id, sale_id)
      values ('gift', 'order.gifted', ${orderId}, ${sale.id})`.execute(system.db);
    const address = { mails: true, now: new Date(), limit: 10 };
    expect(await addressMessages(system.db, address)).toBe(0);
    const left = system.db.selectFrom('messages').select('id').where('addressed_at', 'is', null);
    expect(await left.execute()).toEqual([{ id: 'gift' }]);
  });

  it('has an offer, a payment and a refund, once each, with what they tell', async () => {
    system.startWorker();
    const order = await sellAgain();
    expect(await messages()).toEqual([
      ['order.offered', order],
      ['order.paid', order],
      ['order.refunded', order],
    ]);
    expect(await checkDatabase(system.db)).toEqual([]);
  });

  it('has a late payment that was honoured', async () => {
    system.startWorker();
    system.stripe.deliveries.mode = 'held';
    const sale = await client.createSale({ stock: 2 });
    const who = await client.hold(sale);
    const payment = await client.payment(who.orderId, who.token);
    system.stripe.faults.down = true;
    await endHold(system, who.orderId);
    await client.until(who, 'expired');
    await client.confirm(payment);
    system.stripe.faults.down = false;
    for (const { id } of system.stripe.deliveries.held()) await system.stripe.deliveries.send(id);
    await client.until(who, 'paid');
    expect(await messages()).toEqual([['order.paid', who.orderId]]);
    expect(await checkDatabase(system.db)).toEqual([]);
  });

  it('has a payment that came too late and goes back', async () => {
    system.startWorker();
    const sale = await client.createSale({ stock: 1 });
    const late = await client.hold(sale);
    const payment = await client.payment(late.orderId, late.token);
    system.stripe.deliveries.mode = 'held';
    system.stripe.faults.down = true;
    await endHold(system, late.orderId);
    await client.until(late, 'expired');
    const other = await client.hold(sale);
    await client.confirm(payment);
    system.stripe.faults.down = false;
    for (const { id } of system.stripe.deliveries.held()) await system.stripe.deliveries.send(id);
    await expect.poll(messages).toEqual([['payment.returned', late.orderId]]);
    expect((await client.order(late)).status).toBe('expired');
    expect(other.orderId).not.toBe(late.orderId);
    expect(await checkDatabase(system.db)).toEqual([]);
  });

  it('tells nobody before the order is public', async () => {
    const server: MailServer = await startMailServer();
    system.startWorker({ messages: { mails: mailsTo(server), webhooks: { allowLocal: true } } });
    const sale = await client.createSale({ stock: 2 });
    const who = await client.hold(sale, 1, 'ann@example.org');
    const payment = await client.payment(who.orderId, who.token);
    const commit = postgres.hold('insert into messages', 'commit');
    await client.confirm(payment);
    await commit.reached;
    expect((await client.order(who)).status).toBe('held');
    expect(await messages()).toEqual([]);
    expect(server.mails).toEqual([]);
    commit.letGo();
    await client.until(who, 'paid');
    await expect.poll(() => server.mails.length).toBe(1);
    await server.stop();
  });

  it('without its place in the transaction loses messages, and the checker notices', async () => {
    // As if it were written behind the commit by a process that was killed there.
    await sql`
      create function lose() returns trigger language plpgsql
        as 'begin return null; end'`.execute(system.owner);
    await sql`
      create trigger lose before insert on messages
        for each row execute function lose()`.execute(system.owner);
    system.startWorker();
    const order = await sellAgain();
    expect(await checkMessages(system.db)).toHaveLength(3);
    expect(await checkDatabase(system.db)).toContainEqual(
      `messages: order.paid of order ${order} is there 0 times, not 1`,
    );
  });
});
