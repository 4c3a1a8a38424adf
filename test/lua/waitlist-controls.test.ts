import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pay } from '../../src/redis/scripts/pay.ts';
import { release } from '../../src/redis/scripts/release.ts';
import { restock } from '../../src/redis/scripts/restock.ts';
import { returnSome } from '../../src/redis/scripts/return-some.ts';
import { returnUnits } from '../../src/redis/scripts/return-units.ts';
import { checkEntries } from '../support/checker.ts';
import { withoutProtections } from '../support/protection.ts';
import { batchOf, decideBatches, loadSale, startShard, type TestShard } from '../support/shard.ts';

/** Each protection of the waitlist, taken away: the checker must notice. */
describe('without a protection of the waitlist the checker fails', () => {
  let shard: TestShard;
  let base: number;
  beforeEach(async () => {
    shard = await startShard();
    base = Number(await shard.redis.hget(shard.keys.at(1).state, 'decided'));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await shard.stop();
  });

  const check = async () => checkEntries(await shard.journal());

  describe('offering in the same call as units come back (I2)', () => {
    /** One has the only unit, another waits; it comes back, and a newcomer is decided next. */
    const scenario = async (comesBack: (ticket: string, holdSeq: number) => Promise<unknown>) => {
      await loadSale(shard, 'w', { stock: [1], limit: 1, waitlist: 9 });
      const first = batchOf('w', [['ann', '0x1']]);
      await decideBatches(shard, base + 1, [first, batchOf('w', [['bob', '0x1']])]);
      const decided = (await shard.journal()).findLast(({ entry }) => entry.k === 'decide');
      await comesBack(`${first.uid}.0`, Number(decided?.seq) - 1);
      await decideBatches(shard, base + 3, [batchOf('w', [['eve', '0x1']])]);
      return (await shard.journal()).at(-1)?.entry;
    };
    /** The unit is paid for: nothing is held that could come back. */
    const pays = (ticket: string) =>
      shard.run(pay, {
        ...{ sale: 'w', ref: `${ticket}.${base + 1}.1.1.0x1.`, buyer: 'ann' },
        ...{ payment: 'pi_1', matches: true },
      });
    const ways: [string, { script: string; call: string }, Parameters<typeof scenario>[0]][] = [
      [
        'a hold that ends',
        {
          script: 'release',
          call: 'offer_to_waiting(waitlist_keys(KEYS, 4), KEYS[2], left)',
        },
        (identity, holdSeq) =>
          shard.run(release, { sale: 'w', holds: [{ identity, holdSeq }], cause: 'expired' }),
      ],
      [
        'a refund, after all was paid',
        { script: 'return-units', call: 'restocks and offer_to_waiting' },
        async (identity) => {
          await pays(identity);
          await shard.run(returnUnits, { sale: 'w', identity, restock: true });
        },
      ],
      [
        'a restock, after all was paid',
        { script: 'restock', call: 'offer_to_waiting(keys, KEYS[2], tonumber(ARGV[7]))' },
        async (identity) => {
          await pays(identity);
          await shard.run(restock, { sale: 'w', index: 0, delta: 1, key: 'k' });
        },
      ],
      [
        'a refund of a part, after all was paid',
        { script: 'return-some', call: 'restocks and offer_to_waiting' },
        async (identity) => {
          await pays(identity);
          const returned = { refund: 're_1', items: '0x1', restock: true };
          await shard.run(returnSome, { sale: 'w', identity, ...returned });
        },
      ],
    ];

    it.each(ways)('without it a newcomer overtakes: %s', async (_, { script, call }, comesBack) => {
      const instead = call.startsWith('restocks') ? 'false and offer_to_waiting' : "'', 0";
      withoutProtections(script, { [call]: instead });
      expect(await scenario(comesBack)).toMatchObject({ out: 'H' });
      expect(await check()).toContainEqual(
        expect.stringMatching(/^I2: .* overtook .*, which is waiting$/),
      );
    });

    it.each(ways)('with it all is well: %s', async (_name, _protection, comesBack) => {
      expect(await scenario(comesBack)).toMatchObject({ out: 'W' });
      expect(await check()).toEqual([]);
    });
  });

  describe('waiting as long as the sale lasts (I2)', () => {
    /** The only unit is paid; three come who can only hope for a refund. */
    const scenario = async () => {
      await loadSale(shard, 'w', { stock: [1], limit: 1, waitlist: 2 });
      const first = batchOf('w', [['ann', '0x1']]);
      await decideBatches(shard, base + 1, [first]);
      const ref = `${first.uid}.0.${base + 1}.1.1.0x1.`;
      await shard.run(pay, { sale: 'w', ref, buyer: 'ann', payment: 'pi_1', matches: true });
      await decideBatches(shard, base + 2, [
        batchOf('w', [
          ['bob', '0x1'],
          ['cid', '0x1'],
          ['dan', '0x1'],
        ]),
      ]);
      return (await shard.journal()).at(-1)?.entry;
    };

    it('without it who comes when all is paid is dismissed', async () => {
      withoutProtections('decide', {
        'if sale.waiting >= sale.waitlist and not isThere then':
          'if sale.available[0] + sale.held[0] == 0 then',
      });
      expect(await scenario()).toMatchObject({ out: 'SSS' });
      expect(await check()).toContainEqual(
        expect.stringMatching(/^I2: .* was dismissed, though the waitlist has room$/),
      );
    });

    it('with it they wait, and only who finds the list full does not', async () => {
      expect(await scenario()).toMatchObject({ out: 'WWS' });
      expect(await check()).toEqual([]);
    });
  });
});
