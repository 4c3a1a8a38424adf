import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../src/domain/entry.ts';
import { identityOf, parseRef } from '../../src/domain/ticket.ts';
import { archive } from '../../src/redis/scripts/archive.ts';
import { close } from '../../src/redis/scripts/close.ts';
import { confirm } from '../../src/redis/scripts/confirm.ts';
import { load } from '../../src/redis/scripts/load.ts';
import { pay } from '../../src/redis/scripts/pay.ts';
import { release } from '../../src/redis/scripts/release.ts';
import { restock } from '../../src/redis/scripts/restock.ts';
import { returnSome } from '../../src/redis/scripts/return-some.ts';
import { returnUnits } from '../../src/redis/scripts/return-units.ts';
import { checkEntries } from '../support/checker.ts';
import { withoutProtections } from '../support/protection.ts';
import {
  batchOf,
  decideBatches,
  loadEntry,
  loadSale,
  startShard,
  type TestShard,
} from '../support/shard.ts';

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

  /** Decides a ticket that wins, as the first job. Returns it as a ref. */
  const held = async (buyer: string) => {
    const batch = one(buyer);
    await decideBatches(shard, base + 1, [batch]);
    return `${batch.uid}.0.${base + 1}.1.1.0x1.`;
  };
  const settle = (ref: string, buyer: string, payment: string) =>
    shard.run(pay, { sale: 's', ref, buyer, payment, matches: true });
  const expire = async (ref: string) => {
    const holdSeq = (await shard.journal()).at(-1)?.seq ?? 0;
    const holds = [{ identity: identityOf(parseRef(ref)), holdSeq }];
    await shard.run(release, { sale: 's', holds, cause: 'expired' });
  };

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
        protection: 'if sale.newOutcomes[batch.uid]',
        instead: 'if false and (sale.newOutcomes[batch.uid])',
      },
      /^I3: uid.*\.0 is decided twice$/,
      async () => {
        const batch = one('ann');
        await decideBatches(shard, base + 1, [batch, batch]);
      },
    ],
    [
      'archiving only what is over (I4)',
      { script: 'archive', protection: "if sale[1] == '' or", instead: 'if false or' },
      /^I4: entry .* archives an open sale$/,
      async () => {
        await decideBatches(shard, base + 1, [one('ann', '0x3')]); // too many: nothing is held
        await shard.run(archive, { sale: 's', afterJob: 0 });
      },
    ],
    [
      'loading a sale only if none was archived since (I10)',
      {
        script: 'load',
        protection: "tonumber(redis.call('HGET', KEYS[2], 'archived') or 0) > tonumber(ARGV[3])",
        instead: 'false',
      },
      /^I10: entry .* does not replay$/,
      async () => {
        await shard.run(close, { sale: 's', cause: 'closed' });
        await shard.run(archive, { sale: 's', afterJob: 0 });
        // By a process that asked Postgres before the sale was recorded.
        await shard.run(load, { entry: loadEntry('s', { stock: [2], limit: 2 }), seq: 0 });
      },
    ],
    [
      'archiving only what nobody holds (I7)',
      { script: 'archive', protection: "redis.call('HLEN', KEYS[6]) > 0", instead: 'false' },
      /^I7: entry .* archives ann's claim$/,
      async () => {
        await held('ann');
        await shard.run(close, { sale: 's', cause: 'closed' });
        await shard.run(archive, { sale: 's', afterJob: 0 });
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
      'the limit of holds per origin',
      {
        script: 'decide',
        protection:
          'if is_over_holds(origin, sale.holdsOf, batch.at, sale.holdCount, sale.holdWindow) then',
        instead: 'if false then',
      },
      /^limit: .* is hold 2 of e1$/,
      async () => {
        await loadSale(shard, 't', { holdLimit: { count: 1, windowMs: 1_000 } });
        await decideBatches(shard, base + 1, [
          batchOf('t', [
            ['ann', '0x1', '', 'i1,e1'],
            ['bob', '0x1', '', 'i2,e1'],
          ]),
        ]);
      },
    ],
    [
      'the hold named by its entry (I7)',
      {
        script: 'release',
        protection: 'if seq ~= tonumber(holdSeq) then',
        instead: 'if false then',
      },
      /^I7: /,
      async () => {
        const batch = one('ann');
        await decideBatches(shard, base + 1, [batch]);
        const holds = [{ identity: `${batch.uid}.0`, holdSeq: 1 }];
        await shard.run(release, { sale: 's', holds, cause: 'expired' });
      },
    ],
    [
      'the state of the ticket in pay.lua (I7, I8)',
      {
        script: 'pay',
        protection: "if redis.call('HEXISTS', KEYS[10], identity) == 1 then",
        instead: 'if false then',
      },
      /^I7: .* is paid twice$/,
      async () => {
        const ref = await held('ann');
        await settle(ref, 'ann', 'pi_1');
        await settle(ref, 'ann', 'pi_2');
      },
    ],
    [
      'one settlement per payment (I8)',
      { script: 'pay', protection: 'if before then', instead: 'if false then' },
      /^I8: pi_1 is settled twice$/,
      async () => {
        const ref = await held('ann');
        await settle(ref, 'ann', 'pi_1');
        await settle(ref, 'ann', 'pi_1');
      },
    ],
    [
      'the stock of a late payment (I1)',
      {
        script: 'pay',
        protection: "if not fits(items, read_counts(keys.sale, 'a')) then",
        instead: 'if false then',
      },
      /^I1: .* took what is not there again$/,
      async () => {
        const ref = await held('ann');
        await expire(ref);
        await decideBatches(shard, base + 2, [one('bob'), one('cid')]);
        await settle(ref, 'ann', 'pi_1');
      },
    ],
    [
      'the limit of a late payment (I6)',
      {
        script: 'pay',
        protection: 'if units + wanted > tonumber(sale[1]) then',
        instead: 'if false then',
      },
      /^I6: ann has 3 of 2$/,
      async () => {
        await shard.run(restock, { sale: 's', index: 0, delta: 5, key: 'k' });
        const ref = await held('ann');
        await expire(ref);
        await decideBatches(shard, base + 2, [one('ann', '0x2')]);
        await settle(ref, 'ann', 'pi_1');
      },
    ],
    [
      'a hold named by its entry in confirm.lua (I7)',
      {
        script: 'confirm',
        protection: 'if seq ~= tonumber(ARGV[4]) then',
        instead: 'if false then',
      },
      /^I7: .* confirms a hold of .* that is not there$/,
      async () => {
        const identity = identityOf(parseRef(await held('ann')));
        await shard.run(confirm, { sale: 's', identity, holdSeq: 1 });
      },
    ],
    [
      'one return per refund in return-some.lua (I7)',
      { script: 'return-some', protection: 'if before then', instead: 'if false then' },
      /^I7: .* repeats refund r$/,
      async () => {
        const batch = one('ann', '0x2');
        await decideBatches(shard, base + 1, [batch]);
        await settle(`${batch.uid}.0.${base + 1}.1.1.0x2.`, 'ann', 'pi_1');
        const part = { identity: `${batch.uid}.0`, refund: 'r', items: '0x1', restock: true };
        await shard.run(returnSome, { sale: 's', ...part });
        await shard.run(returnSome, { sale: 's', ...part });
      },
    ],
    [
      'what an order still has in return-some.lua (I7)',
      {
        script: 'return-some',
        protection: "return next(taken) == nil and table.concat(left, '-') or nil",
        instead: "return table.concat(left, '-')",
      },
      /^I7: .* returns more of .* than it has$/,
      async () => {
        const ref = await held('ann');
        await settle(ref, 'ann', 'pi_1');
        const part = { identity: identityOf(parseRef(ref)), items: '0x1', restock: false };
        await shard.run(returnSome, { sale: 's', refund: 'r1', ...part });
        await shard.run(returnSome, { sale: 's', refund: 'r2', ...part });
      },
    ],
    [
      'the state of the ticket in return-units.lua (I7)',
      {
        script: 'return-units',
        protection: "redis.call('HSET', KEYS[10], identity, '')",
        instead: "redis.call('HGET', KEYS[10], identity)",
      },
      /^I7: .* refunds .*, which is not paid$/,
      async () => {
        const ref = await held('ann');
        await settle(ref, 'ann', 'pi_1');
        const paid = { sale: 's', identity: identityOf(parseRef(ref)), restock: true };
        await shard.run(returnUnits, paid);
        await shard.run(returnUnits, paid);
      },
    ],
  ];

  describe('the limit of holds from one place, for offers', () => {
    /** One place waits twice, and both get offers, one after the other. */
    const scenario = async () => {
      const holdLimit = { count: 1, windowMs: 3_600_000 };
      await loadSale(shard, 't', { stock: [1], waitlist: 9, holdLimit });
      const [first, ...waiting] = ['ann', 'bob', 'cid'].map((buyer) =>
        batchOf('t', [[buyer, '0x1', '', buyer === 'ann' ? 'i1' : 'i2']]),
      );
      await decideBatches(shard, base + 1, [first as Batch, ...waiting]);
      const end = async (batch: Batch | undefined, holdSeq: number) => {
        const holds = [{ identity: `${batch?.uid}.0`, holdSeq }];
        await shard.run(release, { sale: 't', holds, cause: 'expired' });
      };
      const entries = await shard.journal();
      await end(first, entries.find(({ entry }) => entry.k === 'decide')?.seq ?? 0);
      await end(waiting[0], (await shard.journal()).at(-1)?.seq ?? 0);
    };

    it('without it one place gets them all', async () => {
      withoutProtections('release', {
        'is_over_holds(origin, plan.holdsOf, plan.at, plan.holdCount, plan.holdWindow)': 'false',
      });
      await scenario();
      expect(await check()).toContainEqual(expect.stringMatching(/^limit: .* is hold 2 of i2$/));
    });

    it('with it all is well: the second is rejected', async () => {
      await scenario();
      expect(await check()).toEqual([]);
      expect((await shard.journal()).at(-1)?.entry).toMatchObject({ over: [3] });
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
