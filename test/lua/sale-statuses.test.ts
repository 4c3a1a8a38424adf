import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_PRODUCTS, MAX_STOCK } from '../../src/domain/sale.ts';
import { addProduct } from '../../src/redis/scripts/add-product.ts';
import { close } from '../../src/redis/scripts/close.ts';
import { edit } from '../../src/redis/scripts/edit.ts';
import { release } from '../../src/redis/scripts/release.ts';
import { restock } from '../../src/redis/scripts/restock.ts';
import {
  batchOf,
  decideBatches,
  loadSale,
  readState,
  readUnits,
  startShard,
  type TestShard,
} from '../support/shard.ts';
import { namedStatuses, SALE_SCRIPTS, seenOf, watchStatuses } from '../support/statuses.ts';

const FAR = 9_000_000_000_000;

const seen = watchStatuses();

describe('every status of the scripts by which sellers change a sale', () => {
  let shard: TestShard;
  beforeAll(async () => {
    shard = await startShard();
  });
  afterAll(() => shard.stop());

  const state = () => readState(shard);

  describe('edit.lua', () => {
    const run = (
      sale: string,
      set: { starts?: number; ends?: number; limit?: number },
      options: { epoch?: number; frozen?: boolean } = {},
    ) => shard.run(edit, { sale, set, frozen: false, ...options }, options.epoch);

    it('EDITED, OPENED, BAD_WINDOW, CLOSED, NOT_LOADED, STALE_EPOCH', async () => {
      await loadSale(shard, 'edit');
      const { seq } = await state();
      expect(await run('edit', { limit: 5 })).toEqual({ status: 'EDITED', seq: seq + 1 });
      expect(await run('edit', {}, { frozen: true })).toEqual({ status: 'OPENED' });
      expect(await run('edit', { ends: 1_000 })).toEqual({ status: 'BAD_WINDOW' });
      expect(await run('edit', {}, { epoch: 2 })).toEqual({ status: 'STALE_EPOCH' });
      expect(await run('nowhere', {})).toEqual({ status: 'NOT_LOADED' });
      await loadSale(shard, 'edit-closed');
      await shard.redis.hset(shard.keys.at(1).sale('edit-closed').sale, 'closed', 'ended');
      expect(await run('edit-closed', { limit: 5 })).toEqual({ status: 'CLOSED' });
      await loadSale(shard, 'edit-soon', { starts: FAR - 1 });
      const moved = await run('edit-soon', { starts: FAR - 2 }, { frozen: true });
      expect(moved.status).toBe('EDITED');
      expect((await state()).seq).toBe(seq + 4); // two edits, two loads
    });
  });

  describe('close.lua', () => {
    const run = (sale: string, cause: 'closed' | 'ended', afterJob = 0, epoch = 1) => {
      const when = { afterJob, graceMs: 1_000 };
      return shard.run(
        close,
        cause === 'ended' ? { sale, cause, ...when } : { sale, cause },
        epoch,
      );
    };

    it('DONE by its seller at once, then CLOSED; NOT_LOADED, STALE_EPOCH', async () => {
      await loadSale(shard, 'close');
      expect(await run('close', 'closed', 0, 2)).toEqual({ status: 'STALE_EPOCH' });
      expect(await run('nowhere', 'closed')).toEqual({ status: 'NOT_LOADED' });
      const { seq } = await state();
      expect(await run('close', 'closed')).toEqual({ status: 'DONE', seq: seq + 1 });
      expect(await run('close', 'closed')).toEqual({ status: 'CLOSED' });
    });

    it('TOO_EARLY to end before the grace is over or while tickets of it may wait', async () => {
      await loadSale(shard, 'running');
      expect(await run('running', 'ended')).toEqual({ status: 'TOO_EARLY' });
      await loadSale(shard, 'over', { ends: 2_000 });
      const { decided } = await state();
      expect(await run('over', 'ended', decided + 1)).toEqual({ status: 'TOO_EARLY' });
      expect((await run('over', 'ended', decided)).status).toBe('DONE');
    });

    it('until the end is journaled what comes back is offered, after it no more', async () => {
      await loadSale(shard, 'late', { stock: [1], limit: 1, waitlist: 9, ends: 3_000 });
      const { decided } = await state();
      const first = batchOf('late', [['ann', '0x1']]);
      await decideBatches(shard, decided + 1, [first]);
      const { seq: holdSeq } = await state();
      await decideBatches(shard, decided + 2, [
        batchOf('late', [
          ['bob', '0x1'],
          ['cid', '0x1'],
        ]),
      ]);
      // Its window was over long ago by Redis's clock.
      const holds = [{ identity: `${first.uid}.0`, holdSeq }];
      await shard.run(release, { sale: 'late', holds, cause: 'expired' });
      expect((await shard.journal()).at(-1)?.entry).toMatchObject({ offers: [2] });
      expect((await run('late', 'ended', decided + 2)).status).toBe('DONE');
      const more = { sale: 'late', index: 0, delta: 2, key: 'late' };
      await shard.run(restock, more);
      expect((await shard.journal()).at(-1)?.entry).toEqual({ k: 'restock', ...more });
      expect(await readUnits(shard, 'late')).toEqual({ available: 2, held: 1, sold: 0 });
    });
  });

  describe('add-product.lua', () => {
    const product = { id: 'p', name: 'P', description: '', amount: 1, currency: 'eur', stock: 4 };
    const run = (sale: string, epoch = 1) => shard.run(addProduct, { sale, product }, epoch);

    it('ADDED, TOO_MANY, CLOSED, NOT_LOADED, STALE_EPOCH', async () => {
      await loadSale(shard, 'add', { stock: Array.from({ length: MAX_PRODUCTS - 1 }, () => 0) });
      const { seq } = await state();
      const added = { status: 'ADDED', seq: seq + 1, index: MAX_PRODUCTS - 1 };
      expect(await run('add')).toEqual(added);
      expect(await run('add')).toEqual({ status: 'TOO_MANY' });
      await shard.redis.hset(shard.keys.at(1).sale('add').sale, 'closed', 'closed');
      expect(await run('add')).toEqual({ status: 'CLOSED' });
      expect(await run('nowhere')).toEqual({ status: 'NOT_LOADED' });
      expect(await run('add', 2)).toEqual({ status: 'STALE_EPOCH' });
    });
  });

  describe('restock.lua', () => {
    const run = (delta: number, key: string, options: { epoch?: number; sale?: string } = {}) =>
      shard.run(restock, { sale: 'restock', index: 0, delta, key, ...options }, options.epoch);

    it('RESTOCKED once per key, never below what is held', async () => {
      await loadSale(shard, 'restock', { stock: [5] });
      await decideBatches(shard, (await state()).decided + 1, [
        batchOf('restock', [['ann', '0x2']]),
      ]);
      const { seq } = await state();
      expect(await run(-4, 'a')).toEqual({ status: 'TOO_FEW', units: 3 });
      expect(await run(-3, 'b')).toEqual({ status: 'RESTOCKED', seq: seq + 1 });
      expect(await run(-3, 'b')).toEqual({ status: 'REPEATED', seq: seq + 1 });
      expect(await run(-2, 'b')).toEqual({ status: 'KEY_REUSED' });
      expect(await run(MAX_STOCK, 'c')).toEqual({ status: 'TOO_MANY', units: 2 });
      expect(await run(1, 'c', { epoch: 2 })).toEqual({ status: 'STALE_EPOCH' });
      expect(await run(1, 'c', { sale: 'nowhere' })).toEqual({ status: 'NOT_LOADED' });
      expect(await readUnits(shard, 'restock')).toEqual({ available: 0, held: 2, sold: 0 });
    });

    it('who waits for units that are taken away goes on waiting', async () => {
      await loadSale(shard, 'less', { stock: [2], limit: 2, waitlist: 9 });
      const tickets = [
        ['ann', '0x1'],
        ['bob', '0x2'],
      ] as const;
      await decideBatches(shard, (await state()).decided + 1, [batchOf('less', tickets)]);
      const { status } = await run(-1, 'd', { sale: 'less' });
      expect(status).toBe('RESTOCKED');
      await run(2, 'e', { sale: 'less' });
      expect((await shard.journal()).at(-1)?.entry).toMatchObject({ delta: 2, offers: [2] });
    });
  });

  it('has seen every status that the headers name', () => {
    expect(seenOf(SALE_SCRIPTS, seen).sort()).toEqual(namedStatuses(SALE_SCRIPTS).sort());
  });
});
