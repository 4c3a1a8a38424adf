import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noteContacts } from '../../src/db/contacts.ts';
import { listDueDeliveries } from '../../src/db/deliveries.ts';
import { addressMessages } from '../../src/db/messages.ts';
import type { MessageDeps } from '../../src/messages/deps.ts';
import { silent } from '../support/database.ts';
import { type MailServer, startMailServer } from '../support/mail-server.ts';
import { checkMessages, deliverDue, mailsTo } from '../support/messages.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';

describe('mails to those who waited in vain', () => {
  let system: PaymentSystem;
  let client: Payer;
  let server: MailServer;
  let nowMs: number;
  let deps: MessageDeps;
  beforeAll(async () => {
    server = await startMailServer();
    system = await startPaymentSystem();
    system.startWorker();
    client = new Payer(system);
    deps = {
      db: system.db,
      log: silent,
      nowMs: () => nowMs,
      mails: mailsTo(server),
      webhooks: { allowLocal: true },
    };
  });
  beforeEach(() => {
    server.mails.length = 0;
    nowMs = Date.now();
  });
  afterAll(async () => {
    await system.stop();
    await server.stop();
  });

  it('the end of a sale is told to who waited until then, once, and to nobody else', async () => {
    const sale = await client.createSale({ stock: 1, waitlist: true, name: 'Finale' });
    const holder = await client.hold(sale, 1, 'holder@example.org');
    const tickets = [];
    for (const buyer of ['ada', 'ben', 'gus']) {
      const token = await client.token(buyer);
      tickets.push({ ...(await client.buy(sale, token)), token });
      if (buyer !== 'gus')
        await noteContacts(system.db, [{ buyer, email: `${buyer}@example.org` }]);
    }
    const [ada, ben, gus] = tickets;
    await client.call('DELETE', `/api/tickets/${ben?.ticketId}`, { token: ben?.token ?? '' });
    const token = await client.token('seller', 'admin');
    for (const _ of [1, 2]) {
      await client.call('POST', `/api/admin/sales/${sale.id}/close`, { token });
      await deliverDue(deps);
    }
    expect(server.mails.map(({ to }) => to)).toEqual([['ada@example.org']]);
    const [mail] = server.mails;
    expect(mail?.parsed).toMatchObject({
      subject: 'The sale has ended: Finale',
      text: expect.stringContaining(`Line number ${ada?.lineNumber}`),
    });
    expect(mail?.parsed.text).toContain('1 × Product 1');
    expect(mail?.parsed.text).toContain(`See the sale: https://shop.example/sales/${sale.id}`);
    // Who can be reached later is told later, under the one id that each message has.
    await noteContacts(system.db, [{ buyer: 'gus', email: 'gus@example.org' }]);
    nowMs += 2_000;
    await deliverDue(deps);
    expect(server.mails.map(({ to }) => to[0])).toEqual(['ada@example.org', 'gus@example.org']);
    expect((await client.poll(gus?.ticketId ?? '', gus?.token ?? '', 0)).status).toBe('sold_out');
    const toHolder = system.db.selectFrom('messages').where('order_id', '=', holder.orderId);
    expect(await toHolder.select('kind').execute()).toEqual([]);
    expect(await checkMessages(system.db)).toEqual([]);
  });

  it('the end of a sale does not hold up an offer of another', async () => {
    const { db } = system;
    const ended = await client.createSale({ stock: 1, waitlist: true });
    await client.hold(ended);
    for (const buyer of ['eli', 'fae', 'gil']) await client.buy(ended, await client.token(buyer));
    const other = await client.createSale();
    const { orderId } = await client.hold(other);
    const token = await client.token('seller', 'admin');
    await client.call('POST', `/api/admin/sales/${ended.id}/close`, { token });
    const offer = { id: 'msg-offer', kind: 'order.offered' as const, order_id: orderId };
    await db
      .insertInto('messages')
      .values({ ...offer, sale_id: other.id })
      .execute();
    const now = new Date(nowMs);
    const address = (limit: number) => addressMessages(db, { mails: true, now, limit });
    const addressed = async () => {
      const rows = await db.selectFrom('deliveries').select('message_id').execute();
      return rows.map((row) => row.message_id);
    };
    const before = await addressed();
    await address(1);
    expect((await addressed()).filter((id) => !before.includes(id))).toEqual(['msg-offer']);
    await address(500);
    // An offer that was addressed after them goes first all the same.
    await sql`update deliveries set position = default where message_id = 'msg-offer'`.execute(db);
    const due = await listDueDeliveries(db, { mails: true, now });
    expect(due).toHaveLength(4);
    const first = await db
      .selectFrom('deliveries')
      .select('message_id')
      .where('id', '=', due[0]?.id ?? '')
      .execute();
    expect(first).toEqual([{ message_id: 'msg-offer' }]);
    await system.owner.deleteFrom('deliveries').where('message_id', '=', 'msg-offer').execute();
    await system.owner.deleteFrom('messages').where('id', '=', 'msg-offer').execute();
  });

  it('the checker notices where the end of a sale is told to nobody', async () => {
    const sale = await client.createSale({ stock: 1, waitlist: true });
    await client.hold(sale);
    await client.buy(sale, await client.token('ida'));
    const token = await client.token('seller', 'admin');
    await client.call('POST', `/api/admin/sales/${sale.id}/close`, { token });
    expect(await checkMessages(system.db)).toEqual([]);
    await system.owner.deleteFrom('messages').where('sale_id', '=', sale.id).execute();
    expect(await checkMessages(system.db)).toEqual([
      expect.stringMatching(/^messages: waitlist.ended of ticket .* is there 0 times, not 1$/),
    ]);
  });
});
