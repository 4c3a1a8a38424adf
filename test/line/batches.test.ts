import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { Acceptor } from '../../src/line/accept.ts';
import { ProgressWatch } from '../../src/line/progress.ts';
import { type LineQueue, openQueue } from '../../src/line/queue.ts';
import { connectRedis } from '../../src/redis/client.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { decideWaiting } from '../support/decide-waiting.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

/** Longer than a test may take: nothing in it leaves because its time is up. */
const NEVER_MS = 600_000;
const FULL = 40;

describe('batches follow the load', () => {
  let system: TestSystem;
  let queue: LineQueue;
  let progress: ProgressWatch;
  let sale: SaleView;
  let sizes: number[];
  const subscribers: ReturnType<typeof connectRedis>[] = [];
  beforeAll(async () => {
    system = await startSystem();
    queue = openQueue(system.redis, system.shards.at(0).keys);
    const subscriber = connectRedis(system.redisUrl, 'subscriber', silent);
    subscribers.push(subscriber);
    progress = new ProgressWatch({ redis: system.redis, subscriber, log: silent });
    progress.start();
  });
  afterAll(async () => {
    progress.stop();
    await queue.close();
    for (const subscriber of subscribers) subscriber.disconnect();
    await system.stop();
  });
  beforeEach(async () => {
    sale = await new Client(system.url).createSale();
    sizes = [];
  });

  const openAcceptor = (batchMs: number) =>
    new Acceptor(
      {
        shard: system.shards.at(0),
        queue,
        progress,
        log: silent,
        observe: (tickets) => sizes.push(tickets),
      },
      { batchMs, batchMax: FULL, maxWaiting: 1_000 },
    );
  const take = (acceptor: Acceptor, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, i) =>
        acceptor.accept({ sale: sale.id, buyer: `b${i}`, items: '0x1', requestId: 'r' }),
      ),
    );
  const makePublic = async () => {
    await decideWaiting(system, system.shards.at(0));
    await system.shards.at(0).drain();
  };

  it('one that finds the line idle waits for nothing', async () => {
    const acceptor = openAcceptor(NEVER_MS);
    await take(acceptor, 1);
    expect(sizes).toEqual([1]);
    await makePublic();
    await progress.refresh();
    await take(acceptor, 2);
    expect(sizes).toEqual([1, 2]);
    await makePublic();
  });

  it('they gather until the decisions of the one before are public', async () => {
    const acceptor = openAcceptor(NEVER_MS);
    await take(acceptor, 1);
    const gathering = [take(acceptor, 2), take(acceptor, 3)];
    await makePublic();
    const places = (await Promise.all(gathering)).flat();
    expect(sizes).toEqual([1, 5]);
    // In the order in which they came (I1).
    expect(places.map(({ ref }) => ref.position)).toEqual([2, 3, 4, 5, 6]);
    await makePublic();
  });

  it('they gather on while many come, until they are full', async () => {
    const acceptor = openAcceptor(NEVER_MS);
    await take(acceptor, 1);
    const gathering = take(acceptor, FULL / 4);
    await makePublic();
    await progress.refresh(); // the acceptor has heard of it
    expect(sizes).toEqual([1]);
    await Promise.all([gathering, take(acceptor, (3 * FULL) / 4)]);
    expect(sizes).toEqual([1, FULL]);
    await makePublic();
  });

  it('they gather while the one before is not decided at all, until they are full', async () => {
    const acceptor = openAcceptor(NEVER_MS);
    await take(acceptor, 1);
    await take(acceptor, FULL);
    expect(sizes).toEqual([1, FULL]);
    await makePublic();
    await makePublic();
  });

  it('or until their time is up', async () => {
    const acceptor = openAcceptor(1);
    await take(acceptor, 1);
    await take(acceptor, 3);
    expect(sizes).toEqual([1, 3]);
    await makePublic();
    await makePublic();
  });

  it('what a full batch leaves behind follows it, decided or not', async () => {
    const acceptor = openAcceptor(1);
    const burst = take(acceptor, 2 * FULL + FULL / 2);
    await burst;
    expect(sizes).toEqual([FULL, FULL, FULL / 2]);
    for (const _ of sizes) await makePublic();
    // The line is busy when the second becomes public, and stays so.
    const busy = take(acceptor, 2 * FULL + FULL / 2);
    await expect.poll(() => sizes.length).toBeGreaterThanOrEqual(5);
    await makePublic();
    await makePublic();
    await busy;
    expect(sizes.reduce((sum, size) => sum + size)).toBe(5 * FULL);
    await makePublic();
  });

  it('what gathers is in the line when the process ends', async () => {
    const acceptor = openAcceptor(NEVER_MS);
    await take(acceptor, 1);
    const gathering = take(acceptor, 4);
    await acceptor.settle();
    await gathering;
    expect(sizes).toEqual([1, 4]);
  });
});
