import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActionView } from '../../../src/api/schemas/admin-action.ts';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { makeAccessToken } from '../../../src/api/tokens/access-token.ts';
import { ADMIN_CHANGES } from '../../../src/domain/admin-action.ts';
import type { Problem } from '../../support/client.ts';
import { readOperations } from '../../support/openapi.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../../support/payments.ts';
import { SECRET } from '../../support/system.ts';

describe('the trail of what admins do', () => {
  let system: PaymentSystem;
  let client: Payer;
  let admin: string;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    client = new Payer(system);
    const claims = { sub: 'boss', role: 'admin', email: 'boss@example.org' } as const;
    admin = await makeAccessToken(SECRET, { ...claims, ttlSeconds: 3_600 });
  });
  afterAll(() => system.stop());

  const send = <T = SaleView & Problem>(
    method: string,
    path: string,
    body?: unknown,
    id?: string,
  ) =>
    client.call<T>(method, path, {
      token: admin,
      ...(body === undefined ? {} : { body }),
      headers: { 'idempotency-key': 'key', ...(id === undefined ? {} : { 'x-request-id': id }) },
    });
  const list = async (query: string) =>
    (
      await client.call<{ items: ActionView[]; nextCursor?: string } & Problem>(
        'GET',
        `/api/admin/actions${query}`,
        { token: admin },
      )
    ).body;
  const newSale = {
    name: 'Drop',
    startsAt: '2099-01-01T00:00:00Z',
    endsAt: '2100-01-01T00:00:00Z',
    perBuyerLimit: 2,
    holdSeconds: 60,
    products: [{ name: 'A', amount: 100, currency: 'eur', stock: 3 }],
  };

  it('says who did what, how it was before and how after, newest first', async () => {
    const made = await send('POST', '/api/admin/sales', newSale, 'r1');
    const sale = made.body;
    const path = `/api/admin/sales/${sale.id}`;
    const product = sale.products[0]?.id ?? '';
    const change = { name: 'New', products: [{ id: product, amount: 150 }] };
    await send('PATCH', path, change, 'r2');
    const extra = { name: 'B', amount: 500, currency: 'eur', stock: 1 };
    const added = (await send<{ id: string }>('POST', `${path}/products`, extra, 'r3')).body;
    await send('POST', `/api/admin/products/${product}/restock`, { delta: 2 }, 'r4');
    await send('POST', `/api/admin/products/${product}/restock`, { delta: 2 }, 'r5');
    await send('POST', `/api/admin/products/${product}/restock`, { delta: -9 }, 'r6');
    await send('POST', `${path}/close`, undefined, 'r7');
    await send('PATCH', path, { name: 'Late' }, 'r8');

    const stock = { total: 3, available: 3, held: 0, sold: 0 };
    const more = { total: 5, available: 5, held: 0, sold: 0 };
    const row = (requestId: string, action: string, outcome: string, facts: object) => ({
      id: expect.stringMatching(/^\d+$/),
      at: expect.any(String),
      actor: { id: 'boss', email: 'boss@example.org' },
      saleId: sale.id,
      subjectId: sale.id,
      action,
      outcome,
      address: expect.stringMatching(/^[\w-]{16}$/),
      requestId,
      ...facts,
    });
    const restock = (requestId: string, outcome: string, facts: object) =>
      row(requestId, 'product.restock', outcome, { subjectId: product, ...facts });
    const wanted = { delta: 2 };
    const created = {
      name: 'Drop',
      description: '',
      perBuyerLimit: 2,
      holdSeconds: 60,
      offerSeconds: 60,
      startsAt: '2099-01-01T00:00:00.000Z',
      endsAt: '2100-01-01T00:00:00.000Z',
      holdLimit: null,
      waitlist: false,
      challenge: false,
      timeZone: 'UTC',
      products: [
        { id: product, name: 'A', description: '', amount: 100, currency: 'eur', stock: 3 },
      ],
    };
    const { items, nextCursor } = await list(`?saleId=${sale.id}`);
    expect(nextCursor).toBeUndefined();
    expect(items).toEqual([
      row('r8', 'sale.change', 'refused', { wanted: { name: 'Late' }, before: { name: 'New' } }),
      row('r7', 'sale.close', 'done', { before: { closed: false }, after: { closed: true } }),
      restock('r6', 'refused', { wanted: { delta: -9 }, before: more }),
      restock('r5', 'done', {
        wanted,
        before: more,
        after: { ...wanted, repeated: true, ...more },
      }),
      restock('r4', 'done', {
        wanted,
        before: stock,
        after: { ...wanted, repeated: false, ...more },
      }),
      row('r3', 'product.add', 'done', {
        subjectId: added.id,
        wanted: { ...extra, description: '' },
        after: added,
      }),
      row('r2', 'sale.change', 'done', {
        wanted: change,
        before: { name: 'Drop', products: [{ id: product, amount: 100 }] },
        after: change,
      }),
      row('r1', 'sale.create', 'done', {
        wanted: expect.objectContaining({ name: 'Drop', perBuyerLimit: 2 }),
        after: created,
      }),
    ]);
    expect(items.map(({ at }) => at)).toEqual(
      items
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
  });

  it('a refund, with the payments before and after', async () => {
    const sale = await client.createSale({ stock: 1 });
    const holder = await client.holdAndPay(sale);
    await client.until(holder, 'paid');
    await send('POST', `/api/admin/orders/${holder.orderId}/refund`, { restock: false });
    const { items } = await list(`?saleId=${sale.id}&action=order.refund`);
    const payment = { paymentIntentId: holder.paymentIntentId, amount: 1_000, currency: 'eur' };
    const money = { amount: 1_000, currency: 'eur' };
    expect(items).toMatchObject([
      {
        action: 'order.refund',
        subjectId: holder.orderId,
        outcome: 'done',
        before: { ...money, status: 'paid', payments: [{ ...payment, status: 'succeeded' }] },
        after: { ...money, status: 'refunded', restock: false, payments: [payment] },
      },
    ]);
  });

  it('a refund that was wanted before, as it was wanted first', async () => {
    const sale = await client.createSale({ stock: 1 });
    const holder = await client.holdAndPay(sale);
    await client.until(holder, 'paid');
    const path = `/api/admin/orders/${holder.orderId}/refund`;
    await send('POST', path, { restock: false });
    await send('POST', path, { restock: true });
    const { items } = await list(`?saleId=${sale.id}&action=order.refund`);
    expect(items).toMatchObject([
      { wanted: { restock: true }, after: { restock: false, repeated: true } },
      { wanted: { restock: false }, after: { restock: false, repeated: false } },
    ]);
  });

  it('what each of several at once made of a sale, not what another one did', async () => {
    const sale = await client.createSale({ stock: 1 });
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    await Promise.all(
      names.map((name) => send('PATCH', `/api/admin/sales/${sale.id}`, { name }, `as-${name}`)),
    );
    const { items } = await list(`?saleId=${sale.id}&action=sale.change`);
    expect(items.map(({ requestId, after }) => [requestId, after]).toSorted()).toEqual(
      names.map((name) => [`as-${name}`, { name }]),
    );
  });

  it('every admin route that changes something leaves a trace, refused or not', async () => {
    // A session to look at the queues changes nothing; its trace is below.
    const looks = ['/api/admin/queues/session'];
    const writes = (await readOperations(client)).filter(
      ({ method, path }) =>
        path.startsWith('/api/admin/') && method !== 'GET' && !looks.includes(path),
    );
    const actions: string[] = [];
    for (const [at, { method, path }] of writes.entries()) {
      const requestId = `trace-${at}`;
      await send(method, path.replaceAll(/\{\w+\}/g, 'x'), { nonsense: true }, requestId);
      const { items } = await list('?limit=1');
      const [trace] = items;
      expect(trace, `${method} ${path}`).toMatchObject({
        ...{ requestId, outcome: 'refused', actor: { id: 'boss' } },
      });
      actions.push(trace?.action ?? '');
    }
    expect(actions.sort()).toEqual([...ADMIN_CHANGES].sort());
  });

  it('who may not is in it, once a minute, however often it is tried', async () => {
    const [eve, mallory] = [await client.token('eve'), await client.token('mallory')];
    const tries = [eve, eve, mallory, 'forged', 'forged', undefined];
    for (const token of tries) {
      const options = token === undefined ? {} : { token };
      const { status } = await client.call('GET', '/api/admin/metrics?secret=x', options);
      expect(status).toBe(token === eve || token === mallory ? 403 : 401);
    }
    const { items } = await list('?action=access.refuse');
    expect(items.map(({ actor }) => actor.id)).toEqual(['anonymous', 'mallory', 'eve']);
    const wanted = { method: 'GET', path: '/api/admin/metrics' };
    for (const item of items) expect(item).toMatchObject({ wanted, outcome: 'refused' });
    expect((await list('?actor=eve&action=sale.create')).items).toEqual([]);
  });

  it('what was looked at: exports and the queues', async () => {
    const sale = await client.createSale({ stock: 1 });
    for (const format of ['csv', 'jsonl']) {
      const file = await fetch(`${system.url}/api/admin/sales/${sale.id}/orders.${format}`, {
        headers: { authorization: `Bearer ${admin}`, 'x-request-id': format },
      });
      await file.text();
    }
    await send('POST', '/api/admin/queues/session', undefined, 'queues');
    await send('GET', '/api/admin/sales/nowhere/orders.csv', undefined, 'nowhere');
    expect((await list(`?saleId=${sale.id}&action=orders.export`)).items).toMatchObject([
      { action: 'orders.export', outcome: 'done', requestId: 'jsonl' },
      { action: 'orders.export', outcome: 'done', requestId: 'csv' },
    ]);
    expect((await list('?limit=2')).items).toMatchObject([
      { action: 'orders.export', outcome: 'refused', requestId: 'nowhere' },
      { action: 'queues.look', outcome: 'done', requestId: 'queues', actor: { id: 'boss' } },
    ]);
  });

  it('log-ins of admins, and of nobody else', async () => {
    const password = 'a password of ann';
    const email = 'ann@example.org';
    const logIn = () => client.call('POST', '/api/auth/login', { body: { email, password } });
    await client.call('POST', '/api/auth/register', { body: { email, password } });
    expect((await logIn()).status).toBe(200);
    expect((await list('?action=session.start')).items).toEqual([]);
    await system.db.updateTable('users').set({ role: 'admin' }).execute();
    expect((await logIn()).status).toBe(200);
    expect((await list('?action=session.start')).items).toMatchObject([
      { outcome: 'done', actor: { email }, address: expect.any(String) },
    ]);
  });

  it('names an address by the same hash, and another by another', async () => {
    const seen: unknown[] = [];
    for (const ip of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) {
      const headers = { 'x-forwarded-for': ip };
      await client.call('POST', '/api/admin/queues/session', { token: admin, headers });
      const { items } = await list('?limit=1');
      seen.push(items[0]?.address);
      expect(JSON.stringify(items)).not.toContain(ip);
    }
    expect(seen[0]).toBe(seen[2]);
    expect(seen[0]).not.toBe(seen[1]);
  });

  it('what cannot be written down does not happen', async () => {
    const sale = await client.createSale({ stock: 1 });
    const path = `/api/admin/products/${sale.products[0]?.id}/restock`;
    const refuseNew = sql`
      alter table admin_actions add constraint nothing_new check (request_id <> 'unwritten')`;
    await refuseNew.execute(system.owner);
    expect((await send('POST', path, { delta: 5 }, 'unwritten')).status).toBe(500);
    await sql`alter table admin_actions drop constraint nothing_new`.execute(system.owner);
    expect((await client.sale(sale.id)).products[0]?.stock.total).toBe(1);
    // The row is there, but not what the action is about.
    const refuseFacts = sql`
      alter table admin_actions add constraint no_facts check (
        request_id <> 'unnoted' or before is null)`;
    await refuseFacts.execute(system.owner);
    expect((await send('POST', path, { delta: 5 }, 'unnoted')).status).toBe(500);
    expect((await client.sale(sale.id)).products[0]?.stock.total).toBe(1);
    const { items } = await list(`?action=product.restock&limit=1`);
    expect(items).toMatchObject([{ requestId: 'unnoted', outcome: 'unclear' }]);
  });

  it('what happened stands in it as started when its end cannot be written down', async () => {
    const sale = await client.createSale({ stock: 1 });
    await sql`
      alter table admin_actions add constraint no_end check (
        request_id <> 'cut' or outcome = 'started')`.execute(system.owner);
    const path = `/api/admin/products/${sale.products[0]?.id}/restock`;
    expect((await send('POST', path, { delta: 5 }, 'cut')).status).toBe(200);
    const { items } = await list(`?saleId=${sale.id}&action=product.restock`);
    expect(items).toMatchObject([
      { requestId: 'cut', outcome: 'started', before: { total: 1, available: 1 } },
    ]);
    expect(items[0]?.after).toBeUndefined();
  });

  it('is listed by sale, actor and action, in pages', async () => {
    const other = await client.token('other', 'admin');
    const sale = (
      await client.call<SaleView>('POST', '/api/admin/sales', { token: other, body: newSale })
    ).body;
    for (const name of ['1', '2', '3', '4']) {
      const body = { name };
      await client.call('PATCH', `/api/admin/sales/${sale.id}`, { token: other, body });
    }
    const names: unknown[] = [];
    let cursor = '';
    do {
      const page = await list(`?actor=other&action=sale.change&limit=3${cursor}`);
      names.push(...page.items.map(({ after }) => after?.['name']));
      cursor = page.nextCursor === undefined ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(names).toEqual(['4', '3', '2', '1']);
    expect((await list(`?actor=other&saleId=${sale.id}`)).items).toHaveLength(5);
    expect((await list('?saleId=nowhere')).items).toEqual([]);
    for (const query of ['?limit=0', '?action=sale.sell', '?cursor=x', '?saleId=%20']) {
      expect(await list(query)).toMatchObject({ status: 422, code: 'validation_failed' });
    }
  });
});
