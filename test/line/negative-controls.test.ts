import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { DecideEntry } from '../../src/domain/entry.ts';
import { JournalMismatch, record } from '../../src/line/record.ts';
import type { Shard } from '../../src/line/shard.ts';
import { Shards } from '../../src/line/shards.ts';
import { readUnpublished } from '../../src/redis/journal.ts';
import { publish } from '../../src/redis/scripts/publish.ts';
import { checkDatabase, checkProgress } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { decideWaiting } from '../support/decide-waiting.ts';
import { withoutProtections } from '../support/protection.ts';
import { copyOf } from '../support/redis-copy.ts';
import { startSystem, type TestSystem } from '../support/system.ts';
import { unfenced } from '../support/unfenced.ts';

/** Each protection between Redis and Postgres, taken away: the checker must notice. */
describe('without a protection the checker fails', () => {
  let system: TestSystem;
  let client: Client;
  let sale: SaleView;
  let shard: Shard;
  beforeEach(async () => {
    system = await startSystem();
    client = new Client(system.url);
    sale = await client.createSale({ stock: 2 });
    system.startWorker();
    await client.buy(sale, await client.token('ann'));
    await system.stopWorker();
    shard = new Shards({ redis: system.redis, db: system.db, log: silent }).at(0);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await system.stop();
  });

  /** Takes a ticket and decides it as a worker does, and stops there. */
  const decideOne = async (buyer: string) => {
    const token = await client.token(buyer);
    const { ticketId } = (await client.take(sale, token)).body;
    await decideWaiting(system, shard);
    const epoch = await shard.epoch();
    return {
      epoch,
      entries: await readUnpublished(system.redis, shard.keys, epoch),
      poll: () => client.poll(ticketId, token, 0),
    };
  };

  describe('the fence on log_seq, of two recorders with the same entries (I3)', () => {
    /** The second recorder was stopped before its transaction, the first went through meanwhile. */
    const recordTwice = async (second: TestSystem['db']) => {
      const { epoch, entries } = await decideOne('bob');
      expect((await record(system.db, 0, epoch, entries)).status).toBe('recorded');
      return record(second, 0, epoch, entries);
    };

    it('with it the second writes nothing', async () => {
      expect(await recordTwice(system.db)).toEqual({ status: 'fenced' });
      expect(await checkDatabase(system.db)).toEqual([]);
    });

    it('without it the keys of the tables refuse', async () => {
      const { db, taken } = unfenced(system.db, 'log_seq');
      await expect(recordTwice(db)).rejects.toThrow(JournalMismatch);
      expect(taken()).toBe(1);
      expect(await checkDatabase(system.db)).toEqual([]);
    });

    it('without both a ticket is decided twice', async () => {
      await sql`alter table log drop constraint log_pkey, drop constraint log_batch_once`.execute(
        system.owner,
      );
      await sql`alter table orders drop constraint orders_ticket_once,
        drop constraint orders_line_number`.execute(system.owner);
      await sql`drop index orders_one_hold`.execute(system.owner);
      await sql`alter table products drop constraint products_not_negative`.execute(system.owner);
      const { db, taken } = unfenced(system.db, 'log_seq');
      expect((await recordTwice(db)).status).toBe('recorded');
      expect(taken()).toBe(1);
      expect(await checkDatabase(system.db)).toContainEqual(
        expect.stringMatching(/^I3: .* is decided twice$/),
      );
    });
  });

  describe('the CHECK constraints, with a forged journal entry (I1)', () => {
    /** "sold out" is turned into "held" before it is recorded. */
    const forge = async () => {
      await decideOne('bob');
      await shard.drain();
      const { epoch, entries } = await decideOne('cid');
      const [last] = entries;
      const entry = last?.entry as DecideEntry;
      expect(entry.out).toBe('S');
      const { journal } = shard.keys.at(epoch);
      await system.redis.del(journal);
      await system.redis.xadd(
        journal,
        `${last?.seq}-0`,
        'e',
        JSON.stringify({ ...entry, out: 'H' }),
      );
      await shard.drain();
    };

    it('with them the entry is dropped, and the ticket decided as it is right', async () => {
      await forge();
      expect(await checkDatabase(system.db)).toEqual([]);
      system.startWorker();
      const dot = await client.buy(sale, await client.token('dot'));
      expect(dot).toMatchObject({ status: 'sold_out', lineNumber: 4 });
      expect(await checkDatabase(system.db)).toEqual([]);
    });

    it('without them it is sold twice', async () => {
      await sql`alter table products drop constraint products_not_negative`.execute(system.owner);
      await forge();
      const broken = await checkDatabase(system.db);
      expect(broken).toContainEqual(expect.stringMatching(/^I1: .* took what is not there$/));
      expect(broken).toContainEqual(expect.stringMatching(/^I1: the units of product/));
    });
  });

  describe('the text of trimmed entries, of a recorder that slept through a restore (I5)', () => {
    /**
     * Ann's decision is copied; bob's is recorded late, when another has the same number in the
     * copy.
     */
    const publishLate = async () => {
      const { redis, db } = system;
      const restore = await copyOf(redis);
      const { epoch, entries } = await decideOne('bob');
      await restore();
      const { poll } = await decideOne('cid');
      const late = await record(db, 0, epoch, entries);
      if (late.status !== 'recorded') throw new Error('it was fenced');
      const [last = { seq: 0, text: '' }] = entries;
      const { recorded } = late;
      const { status } = await publish.run(redis, shard.keys, epoch, {
        ...{ shard: 0, ...recorded, left: {}, last },
      });
      await shard.drain();
      return { status, poll };
    };
    const entry = 'if entry and redis.sha1hex(entry[2][2]) ~= ARGV[7] then';

    it('with it the other is told that the line was restarted', async () => {
      const { status, poll } = await publishLate();
      expect(status).toBe('MISMATCH');
      await expect.poll(async () => (await poll()).reason).toBe('line_restarted');
      expect(await checkDatabase(system.db)).toEqual([]);
    });

    it('without it a decision is public that Postgres does not have', async () => {
      withoutProtections('publish', { [entry]: 'if false then' });
      const { status, poll } = await publishLate();
      expect(status).toBe('PUBLISHED');
      await expect
        .poll(() => poll().catch((error: Error) => error.message))
        .toMatch(/order_not_found/);
    });
  });

  describe('completing a job only when it is public (I4)', () => {
    /** A rebuild drops what was decided and not recorded. */
    const decideAndRebuild = async (completeFirst: boolean) => {
      const { epoch, poll } = await decideOne('bob');
      const { redis } = system;
      const job = String(await redis.get(shard.keys.queue('id')));
      if (completeFirst) {
        await redis.lrem(shard.keys.queue('wait'), 0, job);
        await redis.del(shard.keys.queue(job));
      }
      await shard.rebuild({ seen: epoch });
      system.startWorker();
      return poll;
    };

    it('with it the ticket is decided again, as if nothing had been', async () => {
      const poll = await decideAndRebuild(false);
      await expect.poll(async () => (await poll()).status).toBe('held');
    });

    it('without it the ticket is lost', async () => {
      const poll = await decideAndRebuild(true);
      await expect.poll(async () => (await poll()).reason).toBe('line_restarted');
    });
  });

  describe('the epoch in the fence, of a recorder that slept through a Redis loss (I3, I9)', () => {
    const recordLate = async (db: TestSystem['db']) => {
      const { epoch, entries, poll } = await decideOne('bob');
      await system.redis.flushall();
      await system.shards.at(0).check();
      await expect.poll(async () => (await poll()).reason).toBe('line_restarted');
      const { status } = await record(db, 0, epoch, entries);
      await system.shards.at(0).check();
      return { status, poll };
    };

    it('with it what a ticket was told stands', async () => {
      const { status, poll } = await recordLate(system.db);
      expect(status).toBe('fenced');
      expect(await poll()).toMatchObject({ status: 'rejected', reason: 'line_restarted' });
    });

    it('without it a ticket that was told to try again holds a unit', async () => {
      const { db, taken } = unfenced(system.db, 'epoch');
      const { status, poll } = await recordLate(db);
      expect(status).toBe('recorded');
      await expect.poll(async () => (await poll()).status).toBe('held');
      expect(taken()).toBe(1);
    });
  });

  describe('the epoch in the scripts, of a publisher from before a rebuild (I5)', () => {
    /** It recorded an entry that Postgres lost again when it was restored from a backup. */
    const publishLate = async () => {
      const before = await shard.epoch();
      await shard.rebuild({ seen: before });
      const { entries, poll } = await decideOne('bob');
      const [last = { seq: 0, text: '', entry: undefined }] = entries;
      const { job } = last.entry as DecideEntry;
      const nothing = { passed: {}, left: {}, passedAll: 0, deadlines: [], archived: [] };
      const late = { shard: 0, seq: last.seq, job, last, ...nothing };
      await publish.run(system.redis, shard.keys, before, late);
      return poll;
    };

    it('with it nothing becomes public before it is durable', async () => {
      const poll = await publishLate();
      expect(await checkProgress(system, 0)).toEqual([]);
      expect((await poll()).status).toBe('queued');
    });

    it('without it a ticket shows a decision that Postgres does not have', async () => {
      withoutProtections('publish', {
        'if not epoch_is(KEYS[1], ARGV[1]) then': 'if false then',
        "if tonumber(redis.call('HGET', KEYS[6], 'seq') or 0) < seq then": 'if false then',
      });
      const poll = await publishLate();
      expect(await checkProgress(system, 0)).toEqual(['I5: entry 3 is public, the log ends at 2']);
      await expect.poll(async () => (await poll()).status).not.toBe('queued');
    });
  });
});
