import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Counted, remaining, WINDOW_MS, waitMs } from '../../src/domain/request-window.ts';
import { accept, type Verdict } from '../../src/redis/scripts/accept.ts';
import { loadSale, startShard, type TestShard } from '../support/shard.ts';

const quota = fc.integer({ min: 1, max: 1_000 });
const counted = fc.record({
  before: fc.integer({ min: 0, max: 2_000 }),
  during: fc.integer({ min: 0, max: 2_000 }),
  elapsedMs: fc.integer({ min: 0, max: WINDOW_MS - 1 }),
});

/** The same counters `ms` later, if nothing is counted meanwhile. */
function later({ before, during, elapsedMs }: Counted, ms: number): Counted {
  const at = elapsedMs + ms;
  if (at < WINDOW_MS) return { before, during, elapsedMs: at };
  if (at < 2 * WINDOW_MS) return { before: during, during: 0, elapsedMs: at - WINDOW_MS };
  return { before: 0, during: 0, elapsedMs: at % WINDOW_MS };
}

describe('the sliding window of a minute', () => {
  it('lets the next request in after the time it told, and not a ms earlier', () => {
    fc.assert(
      fc.property(quota, counted, (most, now) => {
        fc.pre(remaining(most, now) === 0);
        const ms = waitMs(most, now);
        expect(ms).toBeGreaterThan(0);
        expect(ms).toBeLessThanOrEqual(2 * WINDOW_MS);
        expect(remaining(most, later(now, ms))).toBeGreaterThan(0);
        expect(remaining(most, later(now, ms - 1))).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('lets a whole quota in after two minutes, and at most that in a minute after silence', () => {
    fc.assert(
      fc.property(quota, counted, (most, now) => {
        expect(remaining(most, later(now, 2 * WINDOW_MS))).toBe(most);
        expect(remaining(most, { before: 0, during: most, elapsedMs: now.elapsedMs })).toBe(0);
      }),
    );
  });
});

describe('the same window in Redis', () => {
  let shard: TestShard;
  beforeAll(async () => {
    shard = await startShard();
  });
  afterAll(() => shard.stop());

  it('agrees at any moment of the minute', async () => {
    const source = readFileSync(
      new URL('../../lua/fragments/request-window.lua', import.meta.url),
      'utf8',
    );
    const script = `${source}
      local quota, before, during, elapsed = unpack(cjson.decode(ARGV[1]))
      local free = free_of(quota, before, during, elapsed)
      if free >= WINDOW_MS then return { math.floor(free / WINDOW_MS), 0 } end
      return { 0, wait_ms(quota, before, during, elapsed) }`;
    await fc.assert(
      fc.asyncProperty(quota, counted, async (most, now) => {
        const { before, during, elapsedMs } = now;
        const args = JSON.stringify([most, before, during, elapsedMs]);
        const left = remaining(most, now);
        const expected = [left, left > 0 ? 0 : waitMs(most, now)];
        expect(await shard.redis.eval(script, 0, args)).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('checks a batch ticket by ticket, in order, by the counts of two minutes', async () => {
    const buyers = fc.array(fc.constantFrom('ann', 'bob', 'cid'), { minLength: 1, maxLength: 30 });
    const counts = fc.integer({ min: 0, max: 20 });
    let sales = 0;
    const each = fc.tuple(buyers, fc.integer({ min: 1, max: 15 }), counts, counts);
    await fc.assert(
      fc.asyncProperty(each, async ([asking, perBuyer, last, current]) => {
        const sale = `window-${++sales}`;
        await loadSale(shard, sale);
        const [seconds] = await shard.redis.time();
        const minute = Math.floor(Number(seconds) / 60);
        const keys = shard.keys.requests(sale);
        await shard.redis.hset(keys[(minute + 1) % 2] ?? '', { minute: minute - 1, bann: last });
        await shard.redis.hset(keys[minute % 2] ?? '', { minute, bann: current });
        const reply = await shard.run(accept, {
          ...{ sale, count: asking.length, maxWaiting: 100_000 },
          checks: {
            quotas: { perBuyer, perIp: 0, perSale: 0 },
            askers: asking.map((buyer) => ({ buyer })),
          },
        });
        if (reply.status !== 'ACCEPTED') throw new Error(reply.status);
        fc.pre(Math.floor(reply.nowMs / WINDOW_MS) === minute);
        const elapsedMs = reply.nowMs % WINDOW_MS;
        const during = new Map([['ann', current]]);
        const expected = asking.map((buyer): Verdict => {
          const now = {
            ...{ before: buyer === 'ann' ? last : 0, elapsedMs },
            during: during.get(buyer) ?? 0,
          };
          const name = 'tickets_buyer';
          const left = remaining(perBuyer, now);
          if (left === 0)
            return { kind: 'throttled', limit: { name, waitMs: waitMs(perBuyer, now) } };
          during.set(buyer, now.during + 1);
          return { kind: 'accepted', limit: { name, remaining: left - 1 } };
        });
        expect(reply.verdicts).toEqual(expected);
        // Only who was let in has a place, and counts.
        expect(reply.last).toBe(expected.filter(({ kind }) => kind === 'accepted').length);
        const kept = await shard.redis.hgetall(keys[minute % 2] ?? '');
        for (const [buyer, count] of during) expect(Number(kept[`b${buyer}`])).toBe(count);
      }),
      { numRuns: 200 },
    );
  });

  it('forgets what is of an older minute, though its key still stands', async () => {
    await loadSale(shard, 'old');
    const keys = shard.keys.requests('old');
    for (const key of keys) await shard.redis.hset(key, { minute: 7, bann: 1_000 });
    const reply = await shard.run(accept, {
      ...{ sale: 'old', count: 1, maxWaiting: 100_000 },
      checks: { quotas: { perBuyer: 2, perIp: 0, perSale: 0 }, askers: [{ buyer: 'ann' }] },
    });
    expect(reply).toMatchObject({ verdicts: [{ kind: 'accepted', limit: { remaining: 1 } }] });
    const counts = await Promise.all(keys.map((key) => shard.redis.hget(key, 'bann')));
    expect(counts.sort()).toEqual(['1', '1000']);
  });

  it('takes the largest batch there may be', async () => {
    await loadSale(shard, 'large');
    const askers = Array.from({ length: 1_000 }, (_, i) => ({
      ...{ buyer: `buyer ${i}`, ipHash: `i${i}` },
      solution: { id: `large-${i}`, by: `${i}`, keepMs: 1_000 },
    }));
    const checks = { quotas: { perBuyer: 1, perIp: 1, perSale: 999 }, askers };
    const args = { sale: 'large', count: 1_000, maxWaiting: 100_000, checks };
    const first = await shard.run(accept, args);
    expect(first).toMatchObject({ status: 'ACCEPTED', last: 999 });
    const again = await shard.run(accept, args);
    // All are refused: nobody has a place, and nothing is to be queued.
    expect(again).toMatchObject({ status: 'ACCEPTED', last: 999 });
    if (again.status !== 'ACCEPTED') throw new Error(again.status);
    expect(new Set(again.verdicts?.map(({ kind }) => kind))).toEqual(new Set(['throttled']));
  });

  it('writes nothing when the line is full', async () => {
    await loadSale(shard, 'full');
    await shard.redis.lpush(shard.keys.queue('wait'), '1');
    const checks = {
      quotas: { perBuyer: 5, perIp: 0, perSale: 5 },
      askers: [{ buyer: 'ann', solution: { id: 'full', by: 'ann', keepMs: 1_000 } }],
    };
    const args = { sale: 'full', count: 1, maxWaiting: 0, checks };
    expect(await shard.run(accept, args)).toEqual({ status: 'LINE_FULL' });
    const keys = [...shard.keys.requests('full'), shard.keys.solved('full')];
    expect(await shard.redis.exists(...keys)).toBe(0);
    await shard.redis.del(shard.keys.queue('wait'));
  });
});
