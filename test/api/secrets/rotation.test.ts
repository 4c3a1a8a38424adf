import { type Challenge, solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionView } from '../../../src/api/schemas/auth.ts';
import type { OrderView } from '../../../src/api/schemas/order.ts';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import type { TicketView } from '../../../src/api/schemas/ticket.ts';
import { makeAccessToken } from '../../../src/api/tokens/access-token.ts';
import { noteContacts } from '../../../src/db/contacts.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { orderLink } from '../../../src/messages/order-link.ts';
import { checkDatabase } from '../../support/checker.ts';
import { Client } from '../../support/client.ts';
import { Shopper } from '../../support/shopper.ts';
import { SECRET as OLD, startSystem, type TestSystem } from '../../support/system.ts';

const NEW = 'the next secret for tests, long enough as well';

/**
 * API processes of one system, one a step of a replacement: `before`, `told` (of the new secret),
 * `swapped`, `after`. In a rolling restart those of two steps that follow each other serve
 * together; two that do not are the negative control.
 */
describe('while AUTH_JWT_SECRET is replaced', () => {
  let system: TestSystem;
  let before: Client;
  let told: Client;
  let swapped: Client;
  let after: Client;
  let admin: string;
  beforeAll(async () => {
    system = await startSystem({ limits: { auth_account: 4 } });
    system.startWorker();
    before = new Client(system.url);
    told = await start(OLD, NEW);
    swapped = await start(NEW, OLD);
    after = await start(NEW);
    admin = await before.token('seller', 'admin');
  });
  afterAll(async () => {
    expect(await checkDatabase(system.db)).toEqual([]);
    await system.stop();
  });

  const start = async (...secrets: [string, ...string[]]) =>
    new Client(await system.startAnotherApi({ secrets }));
  const tokenOf = (secret: string, sub: string) =>
    makeAccessToken(secret, { sub, role: 'buyer', ttlSeconds: 600 });
  const all = () => [before, told, swapped, after];
  /** What each process answers, in the order of the steps. */
  const statuses = (path: string, token: string) =>
    Promise.all(all().map(async (at) => (await at.call('GET', path, { token })).status));
  const identityOf = async (orderId: string) => {
    const order = system.db.selectFrom('orders').selectAll().where('id', '=', orderId);
    return order.executeTakeFirstOrThrow();
  };

  it('access tokens of both are taken where both are known, and nowhere else', async () => {
    expect(await statuses('/api/me', await tokenOf(OLD, 'ann'))).toEqual([200, 200, 200, 401]);
    expect(await statuses('/api/me', await tokenOf(NEW, 'ann'))).toEqual([401, 200, 200, 200]);
    // Of a form that others make, which takes another way.
    const foreign = (secret: string) =>
      new SignJWT({ role: 'buyer' })
        .setProtectedHeader({ typ: 'at+jwt', alg: 'HS256' })
        .setIssuer('fairline')
        .setAudience('fairline-api')
        .setSubject('ann')
        .setExpirationTime('5m')
        .sign(Buffer.from(secret));
    expect(await statuses('/api/me', await foreign(OLD))).toEqual([200, 200, 200, 401]);
    expect(await statuses('/api/me', await foreign(NEW))).toEqual([401, 200, 200, 200]);
    expect(await statuses('/api/me', await foreign(`${NEW}!`))).toEqual([401, 401, 401, 401]);
  });

  it('sessions go on, and their new tokens are of the current secret', async () => {
    const body = { email: 'ann@example.org', password: 'own password of ann' };
    const register = told.call<SessionView>('POST', '/api/auth/register', { body });
    const first = (await register).body;
    const renew = async (at: Client, { refreshToken }: SessionView) =>
      (await at.call<SessionView>('POST', '/api/auth/refresh', { body: { refreshToken } })).body;
    const second = await renew(swapped, first);
    const third = await renew(after, second);
    expect(await statuses('/api/me', first.accessToken)).toEqual([200, 200, 200, 401]);
    expect(await statuses('/api/me', second.accessToken)).toEqual([401, 200, 200, 200]);
    expect(await statuses('/api/me', third.accessToken)).toEqual([401, 200, 200, 200]);
  });

  it('a ticket is polled, repeated and given back at each of them, as one', async () => {
    const sale = await before.createSale({ stock: 5 });
    const token = await tokenOf(OLD, 'bob');
    const taken: TicketView[] = [];
    for (const [from, next] of [
      [before, told],
      [told, swapped],
      [swapped, told],
    ] as const) {
      const { status, body } = await from.take(sale, token, { key: 'once' });
      expect(status).toBe(202);
      taken.push(await next.poll(body.ticketId, token));
    }
    const [first, , ofNew] = taken;
    if (first?.order === undefined || ofNew === undefined) throw new Error('it is held');
    for (const ticket of taken) {
      expect(ticket).toMatchObject({
        status: 'held',
        lineNumber: 1,
        order: { id: first.order.id },
      });
      expect(await swapped.poll(ticket.ticketId, token, 0)).toMatchObject({ lineNumber: 1 });
    }
    expect(await told.orders(token, `?saleId=${sale.id}`)).toHaveLength(1);

    // The id of an order's ticket is of the secret of who shows it: both are good where both are.
    const [shown] = await swapped.orders(token, `?saleId=${sale.id}`);
    expect(shown?.ticketId).not.toBe(first.order.ticketId);
    for (const id of [first.ticketId, first.order.ticketId, ofNew.ticketId, shown?.ticketId]) {
      const at = [told, swapped].map((one) => one.call('GET', `/api/tickets/${id}`, { token }));
      for (const { status } of await Promise.all(at)) expect(status).toBe(200);
    }
    const newToken = await tokenOf(NEW, 'bob');
    const lost = [
      await before.call('GET', `/api/tickets/${ofNew.ticketId}`, { token }),
      await after.call('GET', `/api/tickets/${first.ticketId}`, { token: newToken }),
      // Authentic, but another's.
      await swapped.call('GET', `/api/tickets/${first.ticketId}`, { token: admin }),
    ];
    expect(lost.map(({ status }) => status)).toEqual([404, 404, 404]);

    const gone = await swapped.call('DELETE', `/api/tickets/${first.ticketId}`, { token });
    expect(gone).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await told.poll(ofNew.ticketId, token, 0)).toMatchObject({ status: 'cancelled' });
  });

  it('a seller finds an order by either id of its ticket', async () => {
    const sale = await before.createSale();
    const token = await tokenOf(OLD, 'cid');
    const { order } = await told.buy(sale, token);
    const [shown] = await swapped.orders(token, `?saleId=${sale.id}`);
    const found = async (at: Client, q = '') => {
      const path = `/api/admin/sales/${sale.id}/orders?q=${q}`;
      const token = at === after ? await makeAdmin() : admin;
      return (await at.call<{ items: OrderView[] }>('GET', path, { token })).body.items.length;
    };
    const makeAdmin = () => makeAccessToken(NEW, { sub: 's', role: 'admin', ttlSeconds: 60 });
    for (const at of [told, swapped]) {
      expect([await found(at, order?.ticketId), await found(at, shown?.ticketId)]).toEqual([1, 1]);
    }
    expect(await found(after, order?.ticketId)).toBe(0);
  });

  it('a cart is checked out once under one key', async () => {
    const sale = await before.createSale({ stock: 5 });
    const token = await tokenOf(OLD, 'dot');
    const at = (client: Client) => new Shopper(client, sale, 'dot', token);
    await at(told).put(0, 2);
    const first = await at(told).buy('key');
    const again = await at(swapped).buy('key'); // by now the cart is empty
    expect([first.status, again.status]).toEqual(['held', 'held']);
    expect(again.order?.id).toBe(first.order?.id);
  });

  it.each([
    ['made before', () => told, () => swapped],
    ['made after', () => swapped, () => told],
  ])('the holds of an origin count on, in a sale %s the swap', async (_, here, there) => {
    const sale = await here().createSale({ holdLimit: { count: 1, windowSeconds: 600 } });
    const buy = async (at: Client, ip: string, buyer: string) => {
      const email = `${ip}@example.org`;
      const claims = { sub: buyer, role: 'buyer' as const, email, ttlSeconds: 600 };
      const token = await makeAccessToken(at === after ? NEW : OLD, claims);
      const { body } = await at.take(sale, token, { headers: { 'x-forwarded-for': ip } });
      return (await at.poll(body.ticketId, token)).reason ?? 'held';
    };
    expect(await buy(here(), '192.0.2.1', 'one')).toBe('held');
    expect(await buy(there(), '192.0.2.1', 'two')).toBe('limit_reached');
    expect(await buy(there(), '192.0.2.2', 'three')).toBe('held');
    expect(await buy(here(), '192.0.2.2', 'four')).toBe('limit_reached');
    // Whoever lacks the secret of the sale does not know the origin.
    const ofOld = here() === told;
    expect(await buy(after, '192.0.2.2', 'five')).toBe(ofOld ? 'held' : 'limit_reached');
  });

  it("an admin's key does one thing once", async () => {
    const sale = await before.createSale({ products: [{ stock: 5, amount: 0 }], perBuyerLimit: 3 });
    const productId = sale.products[0]?.id;
    const stock = async () => (await told.sale(sale.id)).products[0]?.stock;
    const restock = (at: Client, key: string) =>
      at.call('POST', `/api/admin/products/${productId}/restock`, {
        ...{ token: admin, body: { delta: 2 }, headers: { 'idempotency-key': key } },
      });
    await restock(told, 'two more');
    expect((await restock(swapped, 'two more')).status).toBe(200);
    await expect.poll(stock).toMatchObject({ total: 7 });
    expect((await restock(swapped, 'and two')).status).toBe(200);
    expect((await restock(told, 'and two')).status).toBe(200);
    await expect.poll(stock).toMatchObject({ total: 9 });

    const token = await tokenOf(OLD, 'eve');
    const { order } = await told.buy(sale, token, { quantities: [3] });
    await told.call('POST', `/api/orders/${order?.id}/confirm`, { token });
    const takeBackOne = (at: Client) =>
      at.call('POST', `/api/admin/orders/${order?.id}/refund`, {
        ...{ token: admin, headers: { 'idempotency-key': 'one back' } },
        body: { restock: true, items: [{ productId, quantity: 1 }] },
      });
    expect((await takeBackOne(told)).status).toBe(200);
    expect((await takeBackOne(swapped)).status).toBe(200);
    await expect.poll(stock).toMatchObject({ total: 9, sold: 2 });
  });

  it('a sale of the version before keeps the secret of the process that starts next', async () => {
    const sale = await before.createSale();
    const ofSale = () => system.db.selectFrom('sales').where('id', '=', sale.id);
    const { secret_id: ofOld } = await ofSale().select('secret_id').executeTakeFirstOrThrow();
    await system.db
      .updateTable('sales')
      .set({ secret_id: null })
      .where('id', '=', sale.id)
      .execute();
    const restarted = await start(OLD, NEW);
    expect(await ofSale().select('secret_id').execute()).toEqual([{ secret_id: ofOld }]);
    const token = await tokenOf(OLD, 'ivy');
    const first = await restarted.buy(sale, token, { key: 'k' });
    const again = await swapped.buy(sale, token, { key: 'k' });
    expect([again.status, again.order?.id]).toEqual(['held', first.order?.id]);
  });

  it('attempts to log in count on', async () => {
    const attempts: number[] = [];
    const body = { email: 'fay@example.org', password: 'not the right one' };
    for (const at of [before, told, swapped, told, swapped, before]) {
      attempts.push((await at.call('POST', '/api/auth/login', { body })).status);
    }
    // The process after the swap has seen those of two, which have counted under its name, too.
    expect(attempts).toEqual([401, 401, 401, 401, 429, 429]);
    expect((await after.call('POST', '/api/auth/login', { body })).status).toBe(429);
    expect(LIMITS.auth_account.scope).toBe('system');
  });

  it('what the link in a mail opened stays open', async () => {
    const sale = await before.createSale();
    const token = await tokenOf(OLD, 'gus');
    const { order } = await told.buy(sale, token);
    const orderId = order?.id ?? '';
    const { buyer_id: buyer } = await identityOf(orderId);
    const to = { email: 'gus@example.org', publicUrl: 'https://shop.example' };
    await noteContacts(system.db, [{ buyer, email: to.email }]);
    const link = await orderLink(system.db, orderId, to);
    const openAt = async (at: Client) => {
      const body = { key: link?.split('#key=')[1] };
      const path = `/api/orders/${orderId}/access`;
      return (await at.call<{ accessToken: string }>('POST', path, { body })).body.accessToken;
    };
    const path = `/api/orders/${orderId}`;
    expect(await statuses(path, await openAt(told))).toEqual([200, 200, 200, 401]);
    expect(await statuses(path, await openAt(swapped))).toEqual([401, 200, 200, 200]);
  });

  it('whoever looks at the queues goes on', async () => {
    const sessionAt = async (at: Client) => {
      const { headers } = await at.call('POST', '/api/admin/queues/session', { token: admin });
      return headers.get('set-cookie')?.split(';')[0] ?? '';
    };
    const look = (cookie: string) =>
      Promise.all(
        all().map(async ({ url }) => {
          const options = { headers: { cookie }, redirect: 'manual' } as const;
          return (await fetch(`${url}/admin/queues/api/queues`, options)).status;
        }),
      );
    expect(await look(await sessionAt(told))).toEqual([200, 200, 200, 302]);
    expect(await look(await sessionAt(swapped))).toEqual([302, 200, 200, 200]);
  });

  it('a challenge is solved for any, and its solution used once', async () => {
    const sale = await before.createSale({ challenge: true, perBuyerLimit: 5 });
    const token = await tokenOf(OLD, 'hal');
    const solvedAt = async (at: Client) => {
      const path = `/api/sales/${sale.id}/challenge`;
      const { body: challenge } = await at.call<Challenge>('POST', path, { token });
      const solution = await solveChallenge({ challenge, deriveKey });
      return Buffer.from(JSON.stringify({ challenge, solution })).toString('base64url');
    };
    const take = async (at: Client, of: SaleView, solution: string) => {
      const bearer = at === after ? await tokenOf(NEW, 'hal') : token;
      const headers = { 'challenge-solution': solution };
      const { status, body } = await at.take(of, bearer, { headers });
      return body.code ?? status;
    };
    for (const [from, to, strangers] of [
      [told, swapped, after],
      [swapped, told, before],
    ] as const) {
      const solution = await solvedAt(from);
      expect(await take(strangers, sale, solution)).toBe('challenge_failed');
      expect(await take(to, sale, solution)).toBe(202);
      expect(await take(from, sale, solution)).toBe('challenge_used');
    }
  });
});
