import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectDb } from '../../src/db/client.ts';
import { LOOKOUT, PAYMENT_PREFIX } from '../../src/redis/keys.ts';
import { checkDatabase } from '../support/checker.ts';
import { silent } from '../support/database.ts';
import { endHold } from '../support/holds.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';
import { proxyTo } from '../support/proxy.ts';

describe('the lookout gives way', () => {
  let system: PaymentSystem;
  let client: Payer;
  beforeAll(async () => {
    system = await startPaymentSystem();
    client = new Payer(system);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await system.stopWorker();
    await system.redis.del(LOOKOUT);
    expect(await checkDatabase(system.db)).toEqual([]);
  });
  afterAll(() => system.stop());

  /** A worker that looks, and whose Postgres can be taken away. */
  const startFirst = async () => {
    const postgres = await proxyTo(new URL(system.databaseUrl));
    const db = connectDb(postgres.url, silent);
    onTestFinished(async () => {
      await db.destroy();
      postgres.close();
    });
    system.startWorker({ db });
    await expect.poll(() => system.redis.get(LOOKOUT)).not.toBeNull();
    return postgres;
  };
  const buy = async () => {
    const sale = await client.createSale({ stock: 1 });
    const ticket = await client.buy(sale, await client.token('ann'));
    return { orderId: ticket.order?.id ?? '', sale };
  };
  const heldOf = async (id: string) => {
    const products = system.db.selectFrom('products').select('held').where('sale_id', '=', id);
    return (await products.executeTakeFirstOrThrow()).held;
  };

  /** Resolves when a worker has asked several times more who looks. */
  const askedAgain = async () => {
    const asks = vi.spyOn(system.redis, 'set');
    await expect
      .poll(() => asks.mock.calls.filter(([key]) => key === LOOKOUT).length)
      .toBeGreaterThan(3);
    asks.mockRestore();
  };

  it('without Postgres, to a worker that has it: holds end (I7)', async () => {
    const postgres = await startFirst();
    const { sale, orderId } = await buy();
    system.startWorker();
    postgres.setAway(true);
    await endHold(system, orderId);
    await expect.poll(() => heldOf(sale.id)).toBe(0);
    postgres.setAway(false);
  });

  it('and what it has decided without Postgres, others record (I4)', async () => {
    const postgres = await startFirst();
    const { sale } = await buy();
    const recording = postgres.hold('update "shards" set "log_seq"');
    const bob = await client.token('bob');
    const { ticketId } = (await client.take(sale, bob)).body;
    await recording.reached;
    system.startWorker();
    postgres.setAway(true);
    recording.letGo();
    expect(await client.poll(ticketId, bob)).toMatchObject({ status: 'sold_out', lineNumber: 2 });
    postgres.setAway(false);
  });

  it('not needed for payments: who knows Stripe looks itself (I8)', async () => {
    system.startWorker({ withoutStripe: true });
    await expect.poll(() => system.redis.get(LOOKOUT)).not.toBeNull();
    const first = await system.redis.get(LOOKOUT);
    const who = await client.holdAndPay(await client.createSale());
    const queued = `${PAYMENT_PREFIX}:event:wait`;
    await expect.poll(() => system.redis.exists(queued)).toBe(1);
    await system.redis.del(await system.redis.keys(`${PAYMENT_PREFIX}:*`)); // only Postgres has it
    system.startWorker();
    await client.until(who, 'paid');
    expect(await system.redis.get(LOOKOUT)).toBe(first);
  });

  it('or nobody looks: with a lease that does not lapse no hold ends', async () => {
    system.startWorker();
    const { sale, orderId } = await buy();
    await system.redis.set(LOOKOUT, 'a worker that does not look:');
    await askedAgain(); // the look under way is over
    await endHold(system, orderId);
    await askedAgain();
    expect(await heldOf(sale.id)).toBe(1);
    await system.redis.del(LOOKOUT);
    await expect.poll(() => heldOf(sale.id)).toBe(0);
  });

  it('or nobody looks: who keeps the lease without Postgres stops all', async () => {
    const postgres = await startFirst();
    const { sale, orderId } = await buy();
    const holder = (await system.redis.get(LOOKOUT)) ?? '';
    system.startWorker();
    vi.spyOn(system.redis, 'del').mockResolvedValue(0);
    await system.redis.persist(LOOKOUT);
    vi.spyOn(system.redis, 'pexpire').mockResolvedValue(0);
    postgres.setAway(true);
    await endHold(system, orderId);
    await askedAgain();
    expect(await system.redis.get(LOOKOUT)).toBe(holder);
    expect(await heldOf(sale.id)).toBe(1);
    vi.restoreAllMocks();
    await expect.poll(() => heldOf(sale.id)).toBe(0);
    postgres.setAway(false);
  });
});
