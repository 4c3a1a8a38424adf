import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { Entry } from '../../src/domain/entry.ts';
import { replay } from '../../src/domain/replay.ts';
import { lookAhead } from '../../src/line/lookahead.ts';
import { decide } from '../../src/redis/scripts/decide.ts';
import { Client } from '../support/client.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

describe('rebuild from Postgres (I9)', () => {
  let system: TestSystem;
  let client: Client;
  let sale: SaleView;
  beforeEach(async () => {
    system = await startSystem();
    client = new Client(system.url);
    sale = await client.createSale({ stock: 3 });
  });
  afterEach(() => system.stop());

  const flush = async () => {
    await system.redis.flushall();
    await system.shards.at(0).check(); // what every worker does twice a second
  };

  it('after FLUSHALL in a sale: no oversell, no second decision, the lost are told', async () => {
    system.startWorker();
    const ann = await client.token('ann');
    const first = await client.buy(sale, ann, { key: 'k' });
    const bob = await client.buy(sale, await client.token('bob'));
    await system.stopWorker();
    const cid = await client.token('cid');
    const lost = (await client.take(sale, cid, { key: 'again' })).body;
    await flush();

    system.startWorker();
    expect(await client.poll(first.ticketId, ann)).toEqual(first);
    await expect
      .poll(async () => client.poll(lost.ticketId, cid, 0))
      .toMatchObject({ status: 'rejected', reason: 'line_restarted' });
    expect(await client.buy(sale, ann, { key: 'k' })).toMatchObject({
      status: 'held',
      lineNumber: 1,
      order: first.order,
    });
    const again = await client.buy(sale, cid, { key: 'again' });
    expect(again).toMatchObject({ status: 'held', lineNumber: 3 });
    // Sent again with its key, the attempt is decided and all its tickets show it.
    expect(await client.poll(lost.ticketId, cid)).toMatchObject({
      status: 'held',
      lineNumber: 3,
      order: again.order,
    });
    expect(await client.buy(sale, await client.token('dot'))).toMatchObject({ status: 'sold_out' });
    expect(await client.buy(sale, await client.token('bob'))).toMatchObject({
      status: 'rejected',
      reason: 'duplicate',
      duplicateOf: bob.ticketId,
    });

    const log = await system.db.selectFrom('log').select(['seq', 'entry']).orderBy('seq').execute();
    const entries = log.map(({ seq, entry }) => ({ seq, entry: JSON.parse(entry) as Entry }));
    expect(replay(entries).mismatch).toBeUndefined();
  });

  it('after two losses with nothing decided between them: nobody waits for ever', async () => {
    const tickets: { ticketId: string; token: string }[] = [];
    const take = async (name: string) => {
      const token = await client.token(name);
      tickets.push({ ticketId: (await client.take(sale, token)).body.ticketId, token });
    };
    await take('ann');
    await flush();
    await take('bob');
    await flush();
    system.startWorker();
    for (const { ticketId, token } of tickets) {
      await expect
        .poll(async () => (await client.poll(ticketId, token, 0)).reason)
        .toBe('line_restarted');
    }
    expect(await client.buy(sale, await client.token('cid'))).toMatchObject({ lineNumber: 1 });
  });

  it('of an older copy of Redis: what the log knows stands', async () => {
    system.startWorker();
    await client.buy(sale, await client.token('ann'));
    await system.stopWorker();
    const { redis } = system;
    const copy = await Promise.all(
      (await redis.keys('*')).map(async (key) => [key, await redis.dumpBuffer(key)] as const),
    );
    system.startWorker();
    const bob = await client.token('bob');
    const second = await client.buy(sale, bob);
    await system.stopWorker();
    await redis.flushall();
    for (const [key, value] of copy) await redis.restore(key, 0, value ?? '');
    await system.shards.at(0).check();

    system.startWorker();
    expect(await client.poll(second.ticketId, bob)).toEqual(second);
    const third = await client.buy(sale, await client.token('cid'));
    expect(third).toMatchObject({ status: 'held', lineNumber: 3 });
    expect(await client.buy(sale, await client.token('dot'))).toMatchObject({ status: 'sold_out' });
  });

  it('keeps waiting batches, their numbers and requested cancels', async () => {
    const ann = await client.token('ann');
    const taken = (await client.take(sale, ann)).body;
    await client.call('DELETE', `/api/tickets/${taken.ticketId}`, { token: ann });
    const shard = system.shards.at(0);
    const job = Number(await system.redis.get(shard.keys.queue('id')));
    const raw = (await system.redis.hget(shard.keys.queue(String(job)), 'data')) ?? '';
    // Decided, not recorded: the rebuild drops that, and the request must still be there.
    const group = await lookAhead(system.redis, shard.keys, job, raw, 0);
    const decided = await shard.run((epoch) =>
      decide(system.redis, shard.keys, { epoch, ...group }),
    );
    expect(decided.status).toBe('DECIDED');
    await shard.rebuild(await shard.epoch());
    system.startWorker();
    expect(await client.poll(taken.ticketId, ann)).toMatchObject({
      status: 'cancelled',
      lineNumber: 1,
    });
  });

  it('happens once, however many find it wanting', async () => {
    const shard = system.shards.at(0);
    const epoch = await shard.epoch();
    const epochs = await Promise.all(
      Array.from({ length: 4 }, () => system.shards.at(0).rebuild(epoch)),
    );
    expect(epochs).toEqual([epoch + 1, epoch + 1, epoch + 1, epoch + 1]);
  });
});
