import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Mismatch, replay } from '../../src/domain/replay.ts';
import { type Reply, Script } from '../../src/redis/script.ts';
import { release } from '../../src/redis/scripts/release.ts';
import { batchOf, decideBatches, loadSale, startShard, type TestShard } from '../support/shard.ts';

/**
 * Each protection of the scripts, taken away: the replay through the pure model must notice. Here the script that
 * Redis runs is changed; the files are not.
 */
describe('without a protection the replay fails', () => {
  let shard: TestShard;
  let base: number;
  beforeEach(async () => {
    shard = await startShard();
    base = Number(await shard.redis.hget(shard.keys.at(1).state, 'decided'));
    await loadSale(shard, 's', { stock: [2], limit: 2 });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await shard.stop();
  });

  function without(script: string, protection: string, instead: string): void {
    const run = Script.prototype.run;
    vi.spyOn(Script.prototype, 'run').mockImplementation(async function (this: Script, ...args) {
      if (this.name !== script) return run.apply(this, args);
      expect(this.source).toContain(protection);
      const [redis, keys, values] = args;
      const source = this.source.replace(protection, instead);
      return (await redis.eval(source, keys.length, ...keys, ...values)) as unknown as Reply;
    });
  }

  const check = async (): Promise<Mismatch | undefined> => replay(await shard.journal()).mismatch;
  const one = (buyer: string, items = '0x1') => batchOf('s', [[buyer, items]]);

  /** What happens in each case; with the protection in place nothing is wrong with it. */
  const cases: [
    string,
    { script: string; protection: string; instead: string },
    () => Promise<unknown>,
  ][] = [
    [
      'contiguity (I2)',
      { script: 'decide', protection: 'if firstJob > decided + 1 then', instead: 'if false then' },
      async () => {
        await decideBatches(shard, base + 1, [one('ann')]);
        await decideBatches(shard, base + 3, [one('cid')]);
        await decideBatches(shard, base + 2, [one('bob')]);
      },
    ],
    [
      'deciding again (I3)',
      { script: 'decide', protection: 'if job > decided then', instead: 'if true then' },
      async () => {
        await decideBatches(shard, base + 1, [one('ann')]);
        await decideBatches(shard, base + 1, [one('bob')]);
      },
    ],
    [
      'identity of a batch (I3)',
      {
        script: 'decide',
        protection:
          "if newOutcomes[batch.uid] or redis.call('HEXISTS', KEYS[4], batch.uid) == 1 then",
        instead: 'if false then',
      },
      async () => {
        const batch = one('ann');
        await decideBatches(shard, base + 1, [batch, batch]);
      },
    ],
    [
      'stock (I1)',
      {
        script: 'decide',
        protection: 'if sale.available[item[1]] < item[2] then',
        instead: 'if false then',
      },
      () => decideBatches(shard, base + 1, [one('ann', '0x2'), one('bob')]),
    ],
    [
      'one live claim (I6)',
      { script: 'decide', protection: "if live ~= '' then", instead: 'if false then' },
      () => decideBatches(shard, base + 1, [one('ann'), one('ann')]),
    ],
    [
      'the limit of a buyer (I6)',
      {
        script: 'decide',
        protection: 'if units + shape.units > sale.limit then',
        instead: 'if false then',
      },
      () => decideBatches(shard, base + 1, [one('ann', '0x3')]),
    ],
    [
      'the hold named by its entry (I7)',
      {
        script: 'release',
        protection: 'if seq ~= tonumber(ARGV[4]) then',
        instead: 'if false then',
      },
      async () => {
        const batch = one('ann');
        await decideBatches(shard, base + 1, [batch]);
        const late = { sale: 's', ticket: `${batch.uid}.0`, hold: 1, cause: 'expired' as const };
        await release(shard.redis, shard.keys, { epoch: 1, ...late });
      },
    ],
  ];

  it.each(cases)('%s', async (_, { script, protection, instead }, scenario) => {
    without(script, protection, instead);
    await scenario();
    expect(await check()).toBeDefined();
  });

  it.each(cases)('and with it all is well: %s', async (_name, _protection, scenario) => {
    await scenario();
    expect((await shard.journal()).length).toBeGreaterThan(1);
    expect(await check()).toBeUndefined();
  });
});
