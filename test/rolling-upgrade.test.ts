import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectDb, type Db } from '../src/db/client.ts';
import { compare } from '../src/line/reconcile.ts';
import { Shards } from '../src/line/shards.ts';
import { connectRedis, type RedisClient } from '../src/redis/client.ts';
import { serveStandIn } from '../stand-in/stripe/serve.ts';
import { StripeStandIn } from '../stand-in/stripe/stand-in.ts';
import { checkDatabase } from './support/checker.ts';
import { Client } from './support/client.ts';
import { createDatabase, ownerUrl, silent } from './support/database.ts';
import { checkMoney } from './support/money.ts';
import { startTestRedis, type TestRedis } from './support/redis.ts';
import { unpackReleased } from './support/released.ts';
import { SteadyCrowd } from './support/steady-crowd.ts';
import { STRIPE } from './support/system.ts';
import { makeTempDir } from './support/temp-dir.ts';
import { Door, Version } from './support/two-versions.ts';

const SHARDS = [0, 1];

/** Buyers in every phase of the upgrade. */
const PER_PHASE = 12;

describe('an upgrade without stopping, from the last release to this version', () => {
  let redis: TestRedis;
  let databaseUrl: string;
  let connection: RedisClient;
  let db: Db;
  let door: Door;
  let stripe: StripeStandIn;
  let served: Awaited<ReturnType<typeof serveStandIn>>;
  beforeAll(async () => {
    [redis, databaseUrl, door] = await Promise.all([
      startTestRedis(),
      createDatabase('template0'),
      Door.start(),
    ]);
    connection = connectRedis(redis.url, 'worker', silent);
    db = connectDb(databaseUrl, silent, 4);
    const { webhookSecret } = STRIPE;
    stripe = new StripeStandIn({ webhookSecret, webhookUrl: `${door.url}/api/webhooks/stripe` });
    served = await serveStandIn(stripe, 0);
  });
  afterAll(async () => {
    await served.stop();
    await door.stop();
    connection.disconnect();
    await db.destroy();
    await redis.stop();
  });

  it('one crowd is served by both, in line order, and nothing is lost', async () => {
    const env = {
      REDIS_URL: redis.url,
      DATABASE_URL: databaseUrl,
      LINE_SHARDS: String(SHARDS.length),
      RATE_LIMIT_ENABLED: 'false',
      STRIPE_SECRET_KEY: STRIPE.secretKey,
      STRIPE_PUBLISHABLE_KEY: STRIPE.publishableKey,
      STRIPE_WEBHOOK_SECRET: STRIPE.webhookSecret,
      STRIPE_API_URL: served.url,
    };
    const folder = makeTempDir();
    await unpackReleased(folder);
    const before = new Version(folder, env, door);
    const after = new Version(join(import.meta.dirname, '..'), env, door);
    onTestFinished(async () => {
      for (const version of [before, after]) await version.end();
    });
    const newSale = (waitlist: boolean) =>
      new Client(door.next()).createSale({ stock: 6, perBuyerLimit: 1, waitlist });

    await before.migrate(ownerUrl(databaseUrl));
    await Promise.all([before.startApi(), before.startWorker()]);
    const crowd = new SteadyCrowd(door, served.url, await newSale(true));
    await crowd.bought(PER_PHASE);

    // The order of docs/operating.md: the migrations, new processes, then the old ones end. Each
    // step is followed by buyers, so that either API meets either worker.
    const steps: readonly (() => Promise<unknown>)[] = [
      () => after.migrate(ownerUrl(databaseUrl)),
      // An old process also starts on the newer schema, as one that died or when going back.
      async () => {
        expect(await before.endWorker()).toBe(0);
        await before.startWorker();
      },
      () => after.startApi(),
      () => after.startWorker(),
      async () => expect(await before.endWorker()).toBe(0),
      async () => {
        before.leaveDoor();
        await crowd.turnedOver();
        expect(await before.endApi()).toBe(0);
      },
    ];
    const doors: number[] = [];
    for (const [index, step] of steps.entries()) {
      await step();
      crowd.comeTo(await newSale(index % 2 === 0));
      const known = crowd.buyers.length;
      await crowd.bought(PER_PHASE);
      doors.push(new Set(crowd.buyers.slice(known + 6).map(({ takenAt }) => takenAt)).size);
    }
    await crowd.end();
    expect(doors).toEqual([1, 1, 2, 2, 2, 1]);

    // I4: everything that was accepted is decided. I2: the numbers of a sale are 1, 2, 3, …
    const { buyers } = crowd;
    const numbers = new Map<string, number[]>();
    for (const { sale, ticketId, token, ticket, paid } of buyers) {
      const now = await new Client(door.next()).poll(ticketId, token, 0);
      expect(now.lineNumber).toBe(ticket.lineNumber);
      expect(now.status === 'paid').toBe(paid);
      numbers.set(sale.id, [...(numbers.get(sale.id) ?? []), now.lineNumber ?? 0]);
    }
    for (const of of numbers.values()) {
      expect(of.sort((a, b) => a - b)).toEqual(of.map((_, index) => index + 1));
    }
    expect(numbers.size).toBe(1 + steps.length);
    expect(buyers.filter(({ paid }) => paid).length).toBeGreaterThan(steps.length);
    await expect.poll(() => checkMoney(db, stripe)).toEqual([]);
    expect(await after.endWorker()).toBe(0);
    expect(await after.endApi()).toBe(0);

    const shards = new Shards({ redis: connection, db, log: silent });
    for (const shard of SHARDS) {
      await shards.at(shard).drain();
      expect(await checkDatabase(db, shard)).toEqual([]);
      const compared = await compare({ redis: connection, db }, shards.at(shard), 'all');
      expect(compared).toMatchObject({ status: 'same' });
    }
  });
});
