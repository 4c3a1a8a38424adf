import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { connectDb, type Db } from '../../src/db/client.ts';
import { findContact, noteContacts } from '../../src/db/contacts.ts';
import { countMail } from '../../src/db/mail-counts.ts';
import { beginSession, exchangeToken } from '../../src/db/refresh-tokens.ts';
import { appliedEvents, removeChunk } from '../../src/db/retention.ts';
import { insertSale } from '../../src/db/sales.ts';
import { ensureShards } from '../../src/db/shards.ts';
import { noteApplied, storeEvents } from '../../src/db/stripe-events.ts';
import { NO_COUNTS } from '../../src/domain/log-counts.ts';
import { DEFAULT_SETTINGS } from '../../src/domain/sale-settings.ts';
import { removeOld } from '../../src/workers/retention.ts';
import { createDatabase, ownerUrl, silent } from '../support/database.ts';
import { checkMoney } from '../support/money.ts';
import { Payer, startPaymentSystem } from '../support/payments.ts';

const DAYS = { webhookDays: 30, cartDays: 30, contactDays: 365, saltDays: 730 };

describe('what nobody needs any more', () => {
  let url: string;
  let db: Db;
  beforeAll(async () => {
    url = await createDatabase();
    db = connectDb(url, silent);
    await ensureShards(db, 1);
  });
  afterAll(() => db.destroy());
  beforeEach(async () => {
    for (const table of ['refresh_families', 'webhook_events'] as const) {
      await db.deleteFrom(table).execute();
    }
  });

  const remove = (chunk = 1_000) => removeOld({ db, log: silent, chunk }, DAYS);

  /** A guest's session whose refresh tokens, each the successor of another, end in so many days. */
  const session = async (...daysLeft: number[]) => {
    const id = randomUUID();
    const hashes = daysLeft.map(() => randomBytes(32));
    const [first = randomBytes(32), ...more] = hashes;
    await beginSession(db, id, { guestId: id, guestEmail: 'a@example.org' }, first);
    let last = first;
    for (const hash of more) {
      await exchangeToken(db, last, hash);
      last = hash;
    }
    for (const [index, days] of daysLeft.entries()) {
      await db
        .updateTable('refresh_tokens')
        .set({ expires_at: sql<Date>`clock_timestamp() + ${days} * interval '1 day'` })
        .where('hash', '=', hashes[index] ?? first)
        .execute();
    }
    return { id, last };
  };
  const sessions = async () =>
    (await db.selectFrom('refresh_families').select('id').execute()).map(({ id }) => id).sort();
  const tokensOf = (family: string) =>
    db.selectFrom('refresh_tokens').select('hash').where('family', '=', family).execute();

  const event = async (
    appliedDaysAgo: number | undefined,
    receivedDaysAgo = appliedDaysAgo ?? 0,
  ) => {
    const id = `evt_${randomUUID()}`;
    await storeEvents(db, [{ id, type: 'payment_intent.created', payload: '{}' }]);
    if (appliedDaysAgo !== undefined) await noteApplied(db, id, 'ignored');
    const ago = (days: number) => sql<Date>`clock_timestamp() - ${days} * interval '1 day'`;
    await db
      .updateTable('webhook_events')
      .set({ received_at: ago(receivedDaysAgo) })
      .$if(appliedDaysAgo !== undefined, (query) =>
        query.set({ applied_at: ago(appliedDaysAgo ?? 0) }),
      )
      .where('id', '=', id)
      .execute();
    return id;
  };
  const events = async () =>
    (await db.selectFrom('webhook_events').select('id').execute()).map(({ id }) => id).sort();

  it('carts go when nobody touched them for so long, and take their checkouts along', async () => {
    const sale = {
      ...{ ...DEFAULT_SETTINGS, name: 'Sale', perBuyerLimit: 1, holdMs: 60_000, waitlistMax: 1 },
      ...{ id: 'open', startsAtMs: 0, endsAtMs: 9e12 },
      products: [{ id: 'p', name: 'P', description: '', amount: 1, currency: 'eur', stock: 1 }],
    };
    await insertSale(db, sale, 1);
    for (const [buyer, days, saleId] of [
      ['ann', 31, 's'],
      ['bob', 29, 's'],
      ['cid', 31, 'open'], // whose checkout may still be waiting for its units
    ] as const) {
      const cart = { sale_id: saleId, buyer_id: buyer, items: { p: 1 } };
      await db
        .insertInto('carts')
        .values({ ...cart, updated_at: sql<Date>`clock_timestamp() - ${days} * interval '1 day'` })
        .execute();
      await db
        .insertInto('cart_checkouts')
        .values({ ...cart, key: buyer })
        .execute();
    }
    await remove();
    const left = (table: 'carts' | 'cart_checkouts') =>
      db.selectFrom(table).select('buyer_id').orderBy('buyer_id').execute();
    const kept = [{ buyer_id: 'bob' }, { buyer_id: 'cid' }];
    expect(await left('carts')).toEqual(kept);
    expect(await left('cart_checkouts')).toEqual(kept);
  });

  it('addresses of buyers go when they were not heard of for so long', async () => {
    for (const [buyer, days] of [
      ['ann', 366],
      ['bob', 364],
    ] as const) {
      await noteContacts(db, [{ buyer, email: `${buyer}@example.org` }]);
      await db
        .updateTable('contacts')
        .set({ updated_at: sql<Date>`clock_timestamp() - ${days} * interval '1 day'` })
        .where('buyer_id', '=', buyer)
        .execute();
    }
    await remove();
    expect([await findContact(db, 'ann'), await findContact(db, 'bob')]).toEqual([
      undefined,
      'bob@example.org',
    ]);
  });

  it('keys of links go when they open nothing any more', async () => {
    const owner = connectDb(ownerUrl(url), silent, 1);
    onTestFinished(() => owner.destroy());
    await sql`alter table order_links drop constraint order_links_order_id_fkey`.execute(owner);
    const [old, live] = [randomBytes(32), randomBytes(32)];
    const add = (hash: Buffer, end: string) =>
      sql`insert into order_links values (${hash}, 'o', clock_timestamp() + ${end}::interval)`;
    await add(old, '0 s').execute(db);
    await add(live, '1 day').execute(db);
    await remove();
    expect(await db.selectFrom('order_links').select('hash').execute()).toEqual([{ hash: live }]);
  });

  it('counts of mails go when their day is over', async () => {
    const today = { email: 'a@example.org', atMs: Date.now(), max: 9 };
    for (const days of [0, 1, 2, 3, 400]) {
      await countMail(db, { ...today, atMs: today.atMs - days * 86_400_000 });
    }
    await remove();
    const left = await db.selectFrom('mail_counts').select('mails').execute();
    expect([2, 3]).toContain(left.length); // it may be midnight
  });

  it('sessions end when all their refresh tokens have expired, a day ago at least', async () => {
    const live = await session(5);
    const justExpired = await session(-0.5);
    await session(-2);
    await session(-40, -30, -2);
    await remove();
    expect(await sessions()).toEqual([live.id, justExpired.id].sort());
    expect((await exchangeToken(db, live.last, randomBytes(32))).status).toBe('replaced');
  });

  it('expired tokens go, the session that they belong to goes on', async () => {
    const { id, last } = await session(-40, -3, -2, 20);
    await remove();
    expect(await sessions()).toEqual([id]);
    expect(await tokensOf(id)).toEqual([{ hash: last }]);
    const successor = randomBytes(32);
    expect((await exchangeToken(db, last, successor)).status).toBe('replaced');
    expect((await exchangeToken(db, successor, randomBytes(32))).status).toBe('replaced');
  });

  it('events of Stripe are removed long after they were applied, and never before', async () => {
    const kept = [
      await event(29),
      await event(1, 300), // it took that long
      await event(undefined, 300),
    ];
    await event(31);
    await event(400);
    await remove();
    expect(await events()).toEqual(kept.sort());
  });

  it('salts of public logs are erased long after the sale, once it is complete', async () => {
    const made = { name: 'A sale', perBuyerLimit: 1, holdMs: 1_000 };
    const product = { name: 'P', description: '', amount: 1, currency: 'eur', stock: 1 };
    const finished = async (id: string, daysAgo: number, seq: number, closed: '' | 'ended') => {
      const endsAtMs = Date.now() - daysAgo * 86_400_000;
      const window = { startsAtMs: endsAtMs - 1_000, endsAtMs };
      const products = [{ ...product, id: `p-${id}` }];
      await insertSale(db, { ...DEFAULT_SETTINGS, ...made, ...window, id, products }, 1);
      await db.updateTable('sales').set({ closed, last_seq: 7 }).where('id', '=', id).execute();
      const log = { sale_id: id, seq, counts: JSON.stringify(NO_COUNTS) };
      await db.insertInto('public_logs').values(log).execute();
    };
    await finished('long-ago', 731, 7, 'ended');
    await finished('lately', 729, 7, 'ended');
    await finished('behind', 731, 6, 'ended');
    await finished('not-closed', 731, 7, '');
    await remove();
    const left = await db
      .selectFrom('sales')
      .select('id')
      .where('public_salt', 'is not', null)
      .where('id', 'in', ['long-ago', 'lately', 'behind', 'not-closed'])
      .orderBy('id')
      .execute();
    expect(left.map(({ id }) => id)).toEqual(['behind', 'lately', 'not-closed']);
  });

  it('goes in chunks, however much stands before it', async () => {
    const live = await session(...Array.from({ length: 7 }, () => -9), 9);
    for (let i = 0; i < 5; i++) await session(-5, -4);
    for (let i = 0; i < 5; i++) await event(40);
    const sizes: unknown[] = [];
    const log = { info: (about: object) => sizes.push(about) };
    await removeOld({ db, log: log as never, chunk: 2 }, DAYS);
    expect(await sessions()).toEqual([live.id]);
    expect(await tokensOf(live.id)).toHaveLength(1);
    expect(await events()).toEqual([]);
    expect(sizes).toEqual([{ removed: { sessions: 5, refreshTokens: 7, webhookEvents: 5 } }]);
    expect(await removeChunk(db, appliedEvents(30), 2)).toBe(0);
  });

  it('is removed by one process at a time', async () => {
    for (let i = 0; i < 3; i++) await event(40);
    const inHand = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const other = db.transaction().execute(async (tx) => {
      await sql`set local idle_in_transaction_session_timeout = '20s'`.execute(tx);
      // What removeChunk takes.
      await sql`select pg_advisory_xact_lock(20260721, 1)`.execute(tx);
      inHand.resolve();
      await goOn.promise;
    });
    await inHand.promise;
    expect(await removeChunk(db, appliedEvents(30), 2)).toBeUndefined();
    await remove();
    expect(await events()).toHaveLength(3);
    goOn.resolve();
    await other;
    await Promise.all([remove(1), remove(1), remove(1)]);
    await remove(1);
    expect(await events()).toEqual([]);
  });

  it('waits for nobody: a session that somebody has locked stays until the next time', async () => {
    const { id } = await session(-5);
    await db.transaction().execute(async (tx) => {
      await tx
        .selectFrom('refresh_families')
        .select('id')
        .where('id', '=', id)
        .forUpdate()
        .execute();
      await remove();
    });
    expect(await sessions()).toEqual([id]);
    await remove();
    expect(await sessions()).toEqual([]);
  });

  it('ends after the chunk in hand where its process ends', async () => {
    await event(40);
    await removeOld({ db, log: silent, stopping: AbortSignal.abort() }, DAYS);
    expect(await events()).toHaveLength(1);
  });
});

describe('an event of Stripe that was removed and comes again', () => {
  it('changes nothing: payment, refund and what failed before', async () => {
    const system = await startPaymentSystem();
    system.startWorker();
    system.stripe.deliveries.mode = 'held';
    const client = new Payer(system);
    const sale = await client.createSale({ stock: 5 });
    const who = await client.holdAndPay(sale, 'pm_card_chargeDeclined');
    await client.confirm(who);
    const admin = await client.token('seller', 'admin');
    const sent: string[] = [];
    const sendAll = async () => {
      for (const { id } of system.stripe.deliveries.held()) {
        sent.push(id);
        expect(await system.stripe.deliveries.send(id)).toBe(200);
      }
    };
    await sendAll();
    await client.until(who, 'paid');
    await client.call('POST', `/api/admin/orders/${who.orderId}/refund`, {
      token: admin,
      body: { restock: true },
    });
    await client.until(who, 'refunded');
    await sendAll();
    const open = () =>
      system.db.selectFrom('webhook_events').select('id').where('applied_at', 'is', null).execute();
    await expect.poll(open).toEqual([]);
    const picture = async () => ({
      log: await system.db.selectFrom('log').select(['seq', 'kind']).orderBy('seq').execute(),
      orders: await system.db.selectFrom('orders').selectAll().execute(),
      payments: await system.db.selectFrom('payments').selectAll().execute(),
      refunds: await system.db.selectFrom('refunds').selectAll().execute(),
      products: (await client.sale(sale.id)).products,
      atStripe: system.stripe.refunds(),
    });
    const before = await picture();

    await system.db
      .updateTable('webhook_events')
      .set({ applied_at: sql<Date>`clock_timestamp() - interval '31 days'` })
      .execute();
    await removeOld({ db: system.db, log: silent }, DAYS);
    expect(await system.db.selectFrom('webhook_events').select('id').execute()).toEqual([]);
    expect(sent.length).toBeGreaterThan(4);
    for (const id of sent) expect(await system.stripe.deliveries.send(id)).toBe(200);
    await expect.poll(open).toEqual([]);
    const again = await system.db.selectFrom('webhook_events').select('id').execute();
    expect(again).toHaveLength(new Set(sent).size);
    expect(await picture()).toEqual(before);
    expect(await checkMoney(system.db, system.stripe)).toEqual([]);
    await system.stop();
  });
});
