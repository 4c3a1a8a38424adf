import { expect, it } from 'vitest';
import { SharedRead } from '../../../src/api/ops/shared-read.ts';

/** A read that takes `takesMs`, on a clock that only the test moves. */
function reader(options: { keepMs: number; rests?: number }, takesMs = 0) {
  const clock = { nowMs: 0, reads: 0 };
  const read = async () => {
    clock.reads += 1;
    const number = clock.reads;
    await Promise.resolve();
    clock.nowMs += takesMs;
    return number;
  };
  return { clock, shared: new SharedRead(read, { ...options, nowMs: () => clock.nowMs }) };
}

it('is read once for all who ask meanwhile, and for as long as it is good', async () => {
  const { clock, shared } = reader({ keepMs: 1_000 });
  expect(await Promise.all([shared.get(), shared.get(), shared.get()])).toEqual([1, 1, 1]);
  clock.nowMs += 999;
  expect(await shared.get()).toBe(1);
  clock.nowMs += 1;
  expect(await Promise.all([shared.get(), shared.get()])).toEqual([2, 2]);
});

it('is read again by who asks after it, where nothing is kept', async () => {
  const { shared } = reader({ keepMs: 0 });
  expect(await Promise.all([shared.get(), shared.get()])).toEqual([1, 1]);
  expect(await shared.get()).toBe(2);
});

it('rests so many times as long as it took', async () => {
  const { clock, shared } = reader({ keepMs: 1_000, rests: 50 }, 200);
  await shared.get();
  clock.nowMs += 9_999;
  expect(await shared.get()).toBe(1);
  clock.nowMs += 1;
  expect(await shared.get()).toBe(2);
});

it('shares an error with those who wait for it, and with nobody else', async () => {
  let reads = 0;
  const shared = new SharedRead(
    async () => {
      reads += 1;
      if (reads === 1) throw new Error('away');
      return reads;
    },
    { keepMs: 1_000 },
  );
  const outcomes = await Promise.allSettled([shared.get(), shared.get()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await shared.get()).toBe(2);
});
