import { describe, expect, it, onTestFinished } from 'vitest';
import { Shards } from '../../src/line/shards.ts';
import { Decider } from '../../src/workers/decide.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { startSystem } from '../support/system.ts';

/** A line of `tickets` batches of one ticket each, and a decider of groups of two. */
async function startLine(tickets: number) {
  const system = await startSystem({ batchMax: 1 });
  onTestFinished(() => system.stop());
  const client = new Client(system.url);
  const sale = await client.createSale({ stock: 1 });
  const ids: { ticketId: string; token: string }[] = [];
  for (let i = 1; i <= tickets; i++) {
    const token = await client.token(`buyer ${i}`);
    ids.push({ ticketId: (await client.take(sale, token)).body.ticketId, token });
  }
  const { redis, db } = system;
  const shard = new Shards({ redis, db, log: silent }).at(0);
  const { keys } = shard;
  const first = Number(await redis.rpoplpush(keys.queue('wait'), keys.queue('active')));
  const decider = new Decider({ redis, shard, log: silent, lookahead: 1 });
  return {
    redis,
    shard,
    client,
    ids,
    first,
    /**
     * Sees the first job through, and waits for what goes on behind it. Returns how many jobs are
     * public.
     */
    async processFirst(): Promise<number> {
      const raw = (await redis.hget(shard.keys.queue(String(first)), 'data')) ?? '';
      expect(await decider.process(first, raw)).toBe(true);
      await decider.stop();
      return Number(await redis.hget(shard.keys.progress, 'job')) - first + 1;
    },
  };
}

describe('deciding ahead', () => {
  it('sees one more group through while the public jobs are completed', async () => {
    const { redis, shard, client, ids, processFirst } = await startLine(7);
    expect(await processFirst()).toBe(4);
    expect(await redis.llen(shard.keys.queue('wait'))).toBe(6); // none was completed by it
    const polls = ids.map(({ ticketId, token }) => client.poll(ticketId, token, 0));
    const [held, ...rest] = (await Promise.all(polls)).map(({ status }) => status);
    expect(held).toBe('held');
    expect(rest).toEqual([...Array(3).fill('sold_out'), ...Array(3).fill('queued')]);
  });

  it('stops where the next number does not wait: that is settled at its turn (I2)', async () => {
    const { redis, shard, first, processFirst } = await startLine(5);
    await redis.lrem(shard.keys.queue('wait'), 0, String(first + 2));
    expect(await processFirst()).toBe(2);
  });
});
