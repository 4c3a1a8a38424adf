import { describe, expect, it, onTestFinished } from 'vitest';
import { record } from '../../src/line/record.ts';
import { Shards } from '../../src/line/shards.ts';
import { readUnpublished } from '../../src/redis/journal.ts';
import { release } from '../../src/redis/scripts/release.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { decideWaiting } from '../support/decide-waiting.ts';
import { startSystem } from '../support/system.ts';

/** A system with one ticket in line, and a process's own hold on the shard, to die at any point. */
async function oneTicket(holdSeconds = 600) {
  const system = await startSystem();
  onTestFinished(() => system.stop());
  const client = new Client(system.url);
  const sale = await client.createSale({ stock: 3, holdSeconds });
  const token = await client.token('ann');
  const { ticketId } = (await client.take(sale, token)).body;
  const shard = new Shards({ redis: system.redis, db: system.db, log: silent }).at(0);
  return { system, client, sale, token, ticketId, shard };
}

describe('a process that dies', () => {
  it('after decide and before the commit: the decision stands (I3, I4, I5)', async () => {
    const { system, client, token, ticketId, shard } = await oneTicket();
    await decideWaiting(system, shard);
    expect((await client.poll(ticketId, token, 0)).status).toBe('queued');
    system.startWorker();
    expect(await client.poll(ticketId, token)).toMatchObject({ status: 'held', lineNumber: 1 });
    const log = await system.db.selectFrom('log').select('kind').orderBy('seq').execute();
    expect(log.map(({ kind }) => kind)).toEqual(['load', 'decide']);
  });

  it('between commit and publish: another publishes, with the deadline (I4, I7)', async () => {
    const { system, client, sale, token, ticketId, shard } = await oneTicket(1);
    await decideWaiting(system, shard);
    const epoch = await shard.epoch();
    const entries = await readUnpublished(system.redis, shard.keys, epoch);
    expect((await record(system.db, 0, epoch, entries)).status).toBe('recorded');
    expect((await client.poll(ticketId, token, 0)).status).toBe('queued');

    system.startWorker();
    const ticket = await client.poll(ticketId, token);
    expect(['held', 'expired']).toContain(ticket.status);
    await expect.poll(async () => (await client.poll(ticketId, token, 0)).status).toBe('expired');
    const stock = { total: 3, available: 3, held: 0, sold: 0 };
    await expect.poll(async () => (await client.sale(sale.id)).products[0]?.stock).toEqual(stock);
    expect((await record(system.db, 0, epoch, entries)).status).toBe('fenced');
  });

  it('after the release and before its record: the unit comes back once (I1, I7)', async () => {
    const { system, client, sale, token, ticketId, shard } = await oneTicket();
    system.startWorker();
    const { order } = await client.poll(ticketId, token);
    await system.stopWorker();
    const row = await system.db
      .selectFrom('orders')
      .select(['ticket_id', 'hold_seq'])
      .where('id', '=', order?.id ?? '')
      .executeTakeFirstOrThrow();
    const holds = [{ identity: row.ticket_id, holdSeq: row.hold_seq }];
    const end = () => shard.run(release, { sale: sale.id, holds, cause: 'expired' });
    expect((await end()).status).toBe('RELEASED');
    expect((await end()).status).toBe('GONE');
    system.startWorker(); // finds the journal that was left behind
    await expect.poll(async () => (await client.poll(ticketId, token, 0)).status).toBe('expired');
    const [stock] = await system.db.selectFrom('products').select(['available', 'held']).execute();
    expect(stock).toEqual({ available: 3, held: 0 });
  });
});

describe('a queue that lost something', () => {
  it('skips a removed batch: its ticket is informed, the next is decided', async () => {
    const { system, client, sale, token, ticketId, shard } = await oneTicket();
    const other = await client.token('bob');
    const next = (await client.take(sale, other)).body;
    const { redis } = system;
    const wait = shard.keys.queue('wait');
    const [removed = ''] = await redis.lrange(wait, -1, -1);
    await redis.lrem(wait, 0, removed);
    await redis.del(shard.keys.queue(removed));
    system.startWorker();
    expect(await client.poll(next.ticketId, other)).toMatchObject({
      status: 'held',
      lineNumber: 1,
    });
    expect(await client.poll(ticketId, token)).toMatchObject({
      status: 'rejected',
      reason: 'line_restarted',
    });
    const skips = await system.db
      .selectFrom('log')
      .select('entry')
      .where('kind', '=', 'skip')
      .execute();
    expect(skips.map(({ entry }) => JSON.parse(entry))).toEqual([
      { k: 'skip', job: Number(removed), why: 'removed' },
    ]);
  });

  it('skips the last batch too, when nothing comes behind it', async () => {
    const { system, client, token, ticketId, shard } = await oneTicket();
    const { redis } = system;
    const [removed = ''] = await redis.lrange(shard.keys.queue('wait'), -1, -1);
    await redis.del(shard.keys.queue('wait'), shard.keys.queue(removed));
    system.startWorker();
    expect(await client.poll(ticketId, token)).toMatchObject({ reason: 'line_restarted' });
  });

  it('never gives a number twice, even when the whole queue was obliterated', async () => {
    const { system, client, sale, token, ticketId, shard } = await oneTicket();
    system.startWorker();
    expect((await client.poll(ticketId, token)).status).toBe('held');
    await system.stopWorker();
    const { redis } = system;
    const keys = await redis.keys(`${shard.keys.queue('')}*`);
    await redis.del(...keys);
    await shard.check(); // what every worker does twice a second
    system.startWorker();
    const bought = await client.buy(sale, await client.token('bob'));
    expect(bought).toMatchObject({ status: 'held', lineNumber: 2 });
    expect((await client.poll(ticketId, token)).status).toBe('held');
  });
});
