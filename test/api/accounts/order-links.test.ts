import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../../src/api/schemas/order.ts';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { OrderTokens } from '../../../src/api/tokens/order-token.ts';
import { correctContact, noteContacts } from '../../../src/db/contacts.ts';
import { orderLink } from '../../../src/messages/order-link.ts';
import { hashRandomToken } from '../../../src/process/random-token.ts';
import type { Problem } from '../../support/client.ts';
import { silent } from '../../support/database.ts';
import { startMailServer } from '../../support/mail-server.ts';
import { deliverDue, mailsTo } from '../../support/messages.ts';
import { readOperations } from '../../support/openapi.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../../support/payments.ts';
import { SECRET } from '../../support/system.ts';

/** The calls that a link opens, for its own order. */
const OPENED = [
  'GET /api/orders/{orderId}',
  'POST /api/orders/{orderId}/cancel',
  'POST /api/orders/{orderId}/confirm',
  'POST /api/orders/{orderId}/payment',
];

describe('the link in a mail', () => {
  let system: PaymentSystem;
  let client: Payer;
  let sale: SaleView;
  beforeAll(async () => {
    system = await startPaymentSystem({ limits: { auth_ip: 3, payments_buyer: 5 } });
    system.startWorker();
    client = new Payer(system);
    sale = await client.createSale({ stock: 50 });
  });
  afterAll(() => system.stop());

  let ips = 0;
  const open = (orderId: string, key: string, ip = `198.51.100.${++ips}`) =>
    client.call<{ accessToken: string; expiresIn: number } & Problem>(
      'POST',
      `/api/orders/${orderId}/access`,
      { body: { key }, headers: { 'x-forwarded-for': ip } },
    );
  const keyIn = (text: string) => /#key=([\w-]{43})(?![\w-])/.exec(text)?.[1] ?? '';
  const buyerOf = async (orderId: string) => {
    const order = system.db.selectFrom('orders').select('buyer_id').where('id', '=', orderId);
    return (await order.executeTakeFirstOrThrow()).buyer_id;
  };
  const keyTo = async (orderId: string) => {
    const to = { email: `${orderId}@example.org`, publicUrl: 'https://shop.example' };
    await noteContacts(system.db, [{ buyer: await buyerOf(orderId), email: to.email }]);
    return keyIn((await orderLink(system.db, orderId, to)) ?? '');
  };
  const tokenFor = async (orderId: string) =>
    (await open(orderId, await keyTo(orderId))).body.accessToken;

  it('shows the paid order on a device that knows nothing of its buyer', async () => {
    const server = await startMailServer();
    const who = await client.holdAndPay(sale);
    await client.until(who, 'paid');
    const buyer = await buyerOf(who.orderId);
    await noteContacts(system.db, [{ buyer, email: 'guest@example.org' }]);
    const webhooks = { allowLocal: true };
    const deps = { db: system.db, log: silent, nowMs: Date.now, mails: mailsTo(server), webhooks };
    await deliverDue(deps);
    const { text = '', html = '' } = server.mails.at(-1)?.parsed ?? {};
    await server.stop();
    const link = `https://shop.example/orders/${who.orderId}#key=`;
    expect(text).toContain(link);
    expect(keyIn(html ?? '')).toBe(keyIn(text));

    const { status, headers, body } = await open(who.orderId, keyIn(text));
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body.expiresIn).toBe(900);
    expect(await client.order({ orderId: who.orderId, token: body.accessToken })).toEqual(
      await client.order(who),
    );
    // Again, on another device.
    expect((await open(who.orderId, keyIn(text))).status).toBe(200);
  });

  it('pays a held order, and gives one back', async () => {
    const held = await client.hold(sale);
    const token = await tokenFor(held.orderId);
    await client.confirm(await client.payment(held.orderId, token));
    await client.until({ ...held, token }, 'paid');
    const other = await client.hold(sale);
    const answer = await client.call<OrderView>('POST', `/api/orders/${other.orderId}/cancel`, {
      token: await tokenFor(other.orderId),
    });
    expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } });
  });

  it('confirms what is free', async () => {
    const free = await client.createSale({ products: [{ stock: 5, amount: 0 }] });
    const { orderId } = await client.hold(free);
    const token = await tokenFor(orderId);
    const answer = await client.call<OrderView>('POST', `/api/orders/${orderId}/confirm`, {
      token,
    });
    expect(answer).toMatchObject({ status: 200, body: { status: 'paid' } });
  });

  it('uses up the limit of its order, and not that of its buyer', async () => {
    const held = await client.hold(sale);
    const token = await tokenFor(held.orderId);
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push((await client.request(held.orderId, token)).status);
    expect(answers).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await client.request(held.orderId, held.token)).status).toBe(200);
  });

  it('is not made for an address that was corrected while the mail was written', async () => {
    const { orderId } = await client.hold(sale);
    const buyer = await buyerOf(orderId);
    const to = { email: 'wrong@example.org', publicUrl: 'https://shop.example' };
    await noteContacts(system.db, [{ buyer, email: to.email }]);
    const now = new Date();
    await correctContact(system.db, { order: orderId, buyer, email: 'right@example.org', now });
    expect(await orderLink(system.db, orderId, to)).toBeUndefined();
    const links = system.db.selectFrom('order_links').where('order_id', '=', orderId);
    expect(await links.selectAll().execute()).toEqual([]);
  });

  it('opens no other order, not even of the same buyer, and nothing else', async () => {
    const held = await client.hold(sale);
    const more = await client.hold(sale);
    const second = await client.buy(await client.createSale(), held.token);
    const others = [more.orderId, second.order?.id ?? ''];
    const token = await tokenFor(held.orderId);
    const fill = (path: string, orderId: string) =>
      path
        .replace('{orderId}', orderId)
        .replace('{ticketId}', held.ticketId)
        .replace('{saleId}', sale.id)
        .replace(/\{\w+\}/, 'x');
    const operations = (await readOperations(client)).filter(({ needsToken }) => needsToken);
    expect(operations.length).toBeGreaterThan(25);
    for (const { method, path } of operations) {
      const name = `${method} ${path}`;
      if (OPENED.includes(name)) {
        for (const orderId of others) {
          const answer = await client.call<Problem>(method, fill(path, orderId), { token });
          expect([name, answer.body.code]).toEqual([name, 'order_not_found']);
        }
      } else {
        const answer = await client.call<Problem>(method, fill(path, held.orderId), { token });
        expect([name, answer.body.code]).toEqual([name, 'unauthenticated']);
      }
    }
    expect((await client.order(more)).status).toBe('held');
    expect((await client.order({ orderId: held.orderId, token })).status).toBe('held');
  });

  it('that is forged, of another order, or has expired opens nothing', async () => {
    const { orderId } = await client.hold(sale);
    const other = await client.hold(sale);
    const key = await keyTo(orderId);
    const refused = { status: 404, body: { code: 'invalid_link' } };
    expect(await open(orderId, 'A'.repeat(43))).toMatchObject(refused);
    expect(await open(other.orderId, key)).toMatchObject(refused);
    expect(await open(crypto.randomUUID(), key)).toMatchObject(refused);
    const age = (interval: string) =>
      sql`update order_links set expires_at = expires_at - ${interval}::interval`.execute(
        system.db,
      );
    await age('89 days');
    expect((await open(orderId, key)).status).toBe(200);
    await age('1 day');
    expect(await open(orderId, key)).toMatchObject(refused);
    expect((await open(orderId, '')).status).toBe(422);
  });

  it('is not guessed at: what opens nothing counts as an attempt to get in', async () => {
    const { orderId } = await client.hold(sale);
    const ip = '203.0.113.7';
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push((await open(orderId, 'guess', ip)).status);
    expect(answers).toEqual([404, 404, 404, 429]);
    expect((await open(orderId, await keyTo(orderId), ip)).status).toBe(200);
  });

  it('gives tokens that end, and that nobody else can make', async () => {
    const held = await client.hold(sale);
    const buyer = await buyerOf(held.orderId);
    const link = hashRandomToken(await keyTo(held.orderId));
    const made = (secret: string, atMs: number) =>
      new OrderTokens([secret], () => atMs).make({ buyer, order: held.orderId, link });
    const statusOf = async (token: string) =>
      (await client.call('GET', `/api/orders/${held.orderId}`, { token })).status;
    expect(await statusOf(await made(SECRET, Date.now()))).toBe(200);
    expect(await statusOf(await made(SECRET, Date.now() - 940_000))).toBe(401);
    expect(await statusOf(await made('another secret that is long enough', Date.now()))).toBe(401);
    const good = await made(SECRET, Date.now());
    await system.db.deleteFrom('order_links').where('hash', '=', link).execute();
    expect(await statusOf(good)).toBe(401); // its link was withdrawn
  });
});
