import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityOf } from '../../src/domain/ticket.ts';
import { archive } from '../../src/redis/scripts/archive.ts';
import { cancel } from '../../src/redis/scripts/cancel.ts';
import { close } from '../../src/redis/scripts/close.ts';
import { load } from '../../src/redis/scripts/load.ts';
import { release } from '../../src/redis/scripts/release.ts';
import { restore } from '../../src/redis/scripts/restore.ts';
import {
  batchOf,
  decideBatches,
  loadEntry,
  loadSale,
  readState,
  startShard,
  type TestShard,
} from '../support/shard.ts';
import { ARCHIVE_SCRIPTS, namedStatuses, seenOf, watchStatuses } from '../support/statuses.ts';

const seen = watchStatuses();

describe('every status of the scripts of the archive', () => {
  let shard: TestShard;
  beforeAll(async () => {
    shard = await startShard();
  });
  afterAll(() => shard.stop());

  const at = () => shard.keys.at(1);
  const saleKeys = (sale: string) => at().sale(sale);
  const put = (sale: string, afterJob = 0, epoch = 1) =>
    shard.run(archive, { sale, afterJob }, epoch);
  const decideNext = async (...batches: ReturnType<typeof batchOf>[]) =>
    decideBatches(shard, (await readState(shard)).decided + 1, batches);
  /** Everything that is recorded is public, up to the last entry. */
  const publishAll = async () =>
    shard.redis.hset(shard.keys.progress, 'seq', (await readState(shard)).seq);
  const closeSale = async (sale: string) => {
    await loadSale(shard, sale);
    await shard.run(close, { sale, cause: 'closed' });
  };

  describe('archive.lua', () => {
    it('BUSY while it is open, units are held or jobs undecided; then ARCHIVED', async () => {
      await loadSale(shard, 'put', { stock: [1], waitlist: 1 });
      expect(await put('put')).toEqual({ status: 'BUSY' });
      const batch = batchOf('put', [
        ['ann', '0x1', 'k'],
        ['bob', '0x1'],
      ]);
      await decideNext(batch);
      await shard.redis.hset(shard.keys.accepted, 'put', 2, 'other', 1);
      expect(await put('put')).toEqual({ status: 'BUSY' });
      await shard.run(close, { sale: 'put', cause: 'closed' });
      expect(await put('put')).toEqual({ status: 'BUSY' }); // ann may still pay
      const { decided, seq } = await readState(shard);
      const identity = `${batch.uid}.0`;
      const holds = [{ identity, holdSeq: seq - 1 }];
      const hold = { sale: 'put', holds, cause: 'expired' } as const;
      expect((await shard.run(release, hold)).status).toBe('RELEASED');
      expect(await put('put', decided + 1)).toEqual({ status: 'BUSY' });
      expect(await put('put', decided, 2)).toEqual({ status: 'STALE_EPOCH' });

      expect(await put('put', decided)).toEqual({ status: 'ARCHIVED', seq: seq + 2 });
      expect(await shard.redis.exists(...Object.values(saleKeys('put')))).toBe(0);
      expect(await shard.redis.hgetall(shard.keys.accepted)).toEqual({ other: '1' });
      expect((await shard.journal()).at(-1)?.entry).toEqual({ k: 'archive', sale: 'put' });
      expect(await shard.redis.hget(at().state, 'archived')).toBe(String(seq + 2));
    });

    it('GONE once it is archived', async () => {
      expect(await put('put')).toEqual({ status: 'GONE' });
    });
  });

  describe('load.lua', () => {
    it('LOADED, then PRESENT; STALE_EPOCH', async () => {
      const before = await readState(shard);
      const run = (sale: string, epoch = 1) =>
        shard.run(load, { entry: loadEntry(sale), seq: before.seq }, epoch);
      expect(await run('load')).toEqual({ status: 'LOADED', seq: before.seq + 1 });
      expect(await run('load')).toEqual({ status: 'PRESENT' });
      expect(await run('load-2', 2)).toEqual({ status: 'STALE_EPOCH' });
      expect((await readState(shard)).seq).toBe(before.seq + 1);
    });

    it('OLD when a sale was archived since Postgres was asked', async () => {
      const archived = Number(await shard.redis.hget(at().state, 'archived'));
      const entry = loadEntry('put');
      expect(await shard.run(load, { entry, seq: archived - 1 })).toEqual({ status: 'OLD' });
      expect(await shard.redis.exists(saleKeys('put').sale)).toBe(0);
    });
  });

  describe('restore.lua', () => {
    /** Writes what comes back, under names of its own. */
    const stage = async (sale: string) => {
      const from = at().staged('token').sale(sale);
      await shard.redis.hset(from.sale, { starts: 1, closed: 'closed', missing: 'tickets' });
      await shard.redis.hset(from.attempts, 'k', 'uid.0.1.1.1.0x1.k');
      await shard.redis.pexpire(from.sale, 60_000);
      return from;
    };
    const run = async (
      sale: string,
      what: 'claims' | 'tickets',
      { seq, size = 1, epoch = 1 }: { seq?: number; size?: number; epoch?: number } = {},
    ) => {
      const from = at().staged('token').sale(sale);
      const to = saleKeys(sale);
      const staged =
        what === 'claims'
          ? [
              { key: to.sale, from: from.sale, size: 3 * size },
              { key: to.buyers, from: from.buyers, size: 0 },
            ]
          : [{ key: to.attempts, from: from.attempts, size }];
      const known = seq ?? (await readState(shard)).seq;
      return shard.run(restore, { sale, what, seq: known, passed: 7, staged }, epoch);
    };

    it('OLD: the snapshot misses an archive entry, or that is not public yet', async () => {
      await closeSale('back');
      const { status, seq } = (await put('back')) as { status: string; seq: number };
      expect(status).toBe('ARCHIVED');
      await stage('back');
      expect(await run('back', 'claims')).toEqual({ status: 'OLD' });
      await publishAll();
      expect(await run('back', 'claims', { seq: seq - 1 })).toEqual({ status: 'OLD' });
    });

    it('RESTORED in two steps, each once; INCOMPLETE, PRESENT, STALE_EPOCH', async () => {
      const { seq } = await readState(shard);
      expect(await run('back', 'tickets')).toEqual({ status: 'PRESENT' }); // nothing to add to
      expect(await run('back', 'claims', { size: 2 })).toEqual({ status: 'INCOMPLETE' });
      expect(await run('back', 'claims', { epoch: 2 })).toEqual({ status: 'STALE_EPOCH' });
      expect(await run('back', 'claims')).toEqual({ status: 'RESTORED', seq: seq + 1 });
      expect(await shard.redis.ttl(saleKeys('back').sale)).toBe(-1);
      expect(await shard.redis.hget(shard.keys.accepted, 'back')).toBe('7');
      expect(await shard.redis.hget(shard.keys.progress, 'p:back')).toBe('7');
      await stage('back');
      expect(await run('back', 'claims')).toEqual({ status: 'PRESENT' });

      // Without its tickets nothing is decided of it.
      const batch = batchOf('back', [['ann', '0x1']]);
      expect(await decideNext(batch)).toEqual({ status: 'NOT_LOADED', sale: 'back' });
      const ref = {
        uid: batch.uid,
        index: 0,
        job: 9,
        position: 1,
        epoch: 1,
        items: '0x1',
        key: '',
      };
      expect(await shard.run(cancel, { sale: 'back', ref })).toEqual({ status: 'NOT_LOADED' });
      expect(await shard.redis.zscore(shard.keys.cancels, identityOf(ref))).toBeNull();

      expect(await run('back', 'tickets')).toEqual({ status: 'RESTORED', seq: seq + 2 });
      expect(await shard.redis.hkeys(saleKeys('back').attempts)).toEqual(['k']);
      expect(await shard.redis.hget(saleKeys('back').sale, 'missing')).toBe('');
      expect(await run('back', 'tickets')).toEqual({ status: 'PRESENT' });
      const entries = (await shard.journal()).slice(-2).map(({ entry }) => entry);
      expect(entries).toEqual([
        { k: 'restore', sale: 'back', what: 'claims' },
        { k: 'restore', sale: 'back', what: 'tickets' },
      ]);
    });
  });

  it('has seen every status that the headers name', () => {
    expect(seenOf(ARCHIVE_SCRIPTS, seen).sort()).toEqual(namedStatuses(ARCHIVE_SCRIPTS).sort());
  });
});
