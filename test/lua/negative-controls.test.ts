import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { release } from '../../src/redis/scripts/release.ts';
import { checkEntries } from '../support/checker.ts';
import { withoutProtections } from '../support/protection.ts';
import { batchOf, decideBatches, loadSale, startShard, type TestShard } from '../support/shard.ts';

/**
 * Each protection of the scripts, taken away: the checker must notice, by the right invariant.
 */
describe('without a protection the checker fails', () => {
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

  const check = async () => checkEntries(await shard.journal());
  const one = (buyer: string, items = '0x1') => batchOf('s', [[buyer, items]]);

  /** What happens in each case; with the protection in place nothing is wrong with it. */
  const cases: [
    string,
    { script: string; protection: string; instead: string },
    broken: RegExp,
    () => Promise<unknown>,
  ][] = [
    [
      'contiguity (I2)',
      { script: 'decide', protection: 'if firstJob > decided + 1 then', instead: 'if false then' },
      /^I2: job .* follows/,
      async () => {
        await decideBatches(shard, base + 1, [one('ann')]);
        await decideBatches(shard, base + 3, [one('cid')]);
        await decideBatches(shard, base + 2, [one('bob')]);
      },
    ],
    [
      'deciding again (I3)',
      { script: 'decide', protection: 'if job > decided then', instead: 'if true then' },
      /^I3: job .* is decided twice$/,
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
      /^I3: uid.*\.0 is decided twice$/,
      async () => {
        const batch = one('ann');
        await decideBatches(shard, base + 1, [batch, batch]);
      },
    ],
    [
      'stock (I1)',
      {
        script: 'decide',
        protection: 'if units[item[1]] < item[2] then',
        instead: 'if false then',
      },
      /^I1: .* took what is not there$/,
      () => decideBatches(shard, base + 1, [one('ann', '0x2'), one('bob')]),
    ],
    [
      'one live claim (I6)',
      { script: 'decide', protection: "if live ~= '' then", instead: 'if false then' },
      /^I6: ann has a second claim$/,
      () => decideBatches(shard, base + 1, [one('ann'), one('ann')]),
    ],
    [
      'the limit of a buyer (I6)',
      {
        script: 'decide',
        protection: 'if units + shape.units > sale.limit then',
        instead: 'if false then',
      },
      /^I6: ann has 3 of 2$/,
      async () => {
        await loadSale(shard, 't', { stock: [5], limit: 2 });
        await decideBatches(shard, base + 1, [batchOf('t', [['ann', '0x3']])]);
      },
    ],
    [
      'the hold named by its entry (I7)',
      {
        script: 'release',
        protection: 'if seq ~= tonumber(ARGV[4]) then',
        instead: 'if false then',
      },
      /^I7: /,
      async () => {
        const batch = one('ann');
        await decideBatches(shard, base + 1, [batch]);
        const late = { sale: 's', ticket: `${batch.uid}.0`, hold: 1, cause: 'expired' as const };
        await release(shard.redis, shard.keys, { epoch: 1, ...late });
      },
    ],
  ];

  describe('offering in the same call as the release (I2)', () => {
    /** A hold ends while two wait; a newcomer comes before the next call. */
    const scenario = async () => {
      await loadSale(shard, 'w', { stock: [1], limit: 1, waitlist: 9 });
      const first = batchOf('w', [['ann', '0x1']]);
      await decideBatches(shard, base + 1, [first, batchOf('w', [['bob', '0x1']])]);
      const hold = Number(
        (await shard.journal()).findLast(({ entry }) => entry.k === 'decide')?.seq,
      );
      const ended = {
        sale: 'w',
        ticket: `${first.uid}.0`,
        hold: hold - 1,
        cause: 'expired' as const,
      };
      await release(shard.redis, shard.keys, { epoch: 1, ...ended });
      await decideBatches(shard, base + 3, [batchOf('w', [['eve', '0x1']])]);
    };

    it('without it a newcomer overtakes', async () => {
      withoutProtections('release', {
        'local offers = offer_to_waiting(keys, KEYS[2], tonumber(ARGV[6]))': "local offers = ''",
      });
      await scenario();
      expect(await check()).toContainEqual(
        expect.stringMatching(/^I2: .* overtook .*, which waits$/),
      );
    });

    it('with it all is well', async () => {
      await scenario();
      expect(await check()).toEqual([]);
    });
  });

  it.each(cases)('%s', async (_, { script, protection, instead }, broken, scenario) => {
    withoutProtections(script, { [protection]: instead });
    await scenario();
    expect(await check()).toContainEqual(expect.stringMatching(broken));
  });

  it.each(cases)('and with it all is well: %s', async (_name, _protection, _broken, scenario) => {
    await scenario();
    expect((await shard.journal()).length).toBeGreaterThan(1);
    expect(await check()).toEqual([]);
  });
});
