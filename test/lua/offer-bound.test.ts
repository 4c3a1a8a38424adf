import { afterAll, beforeAll, expect, it } from 'vitest';
import { replay } from '../../src/domain/replay.ts';
import { release } from '../../src/redis/scripts/release.ts';
import { restock } from '../../src/redis/scripts/restock.ts';
import { checkEntries } from '../support/checker.ts';
import {
  batchOf,
  decideBatches,
  loadSale,
  readState,
  startShard,
  type TestShard,
} from '../support/shard.ts';

let shard: TestShard;
beforeAll(async () => {
  shard = await startShard();
});
afterAll(() => shard.stop());

it('holds that end in one call share its bound of offers: the rest is offered later', async () => {
  await loadSale(shard, 's', { stock: [3], waitlist: 20, limit: 1 });
  const buyers = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => [`${prefix}-${i}`, '0x1'] as const);
  const winners = batchOf('s', buyers('winner', 3));
  const { decided } = await readState(shard);
  await decideBatches(shard, decided + 1, [winners, batchOf('s', buyers('waiting', 12))]);
  const holdSeq = (await shard.journal()).findIndex(({ entry }) => entry.k === 'decide') + 1;
  const change = { sale: 's', index: 0, delta: 6, key: 'k' };
  await shard.run(restock, { ...change, offersMax: 1 });
  const { seq } = await readState(shard);
  const holds = [0, 1, 2].map((i) => ({ identity: `${winners.uid}.${i}`, holdSeq }));
  const ended = { sale: 's', holds, cause: 'expired' } as const;
  const reply = await shard.run(release, { ...ended, offersMax: 2 });
  expect(reply).toEqual({ status: 'RELEASED', seq: seq + 3 });
  const journal = await shard.journal();
  expect(journal.slice(-3).map(({ entry }) => entry)).toMatchObject([
    { k: 'release', offers: [5, 6], more: true },
    { k: 'release', more: true },
    { k: 'release', more: true },
  ]);
  expect(journal.slice(-2).some(({ entry }) => 'offers' in entry)).toBe(false);
  expect(checkEntries(journal)).toEqual([]);
  expect(replay(journal).mismatch).toBeUndefined();
});
