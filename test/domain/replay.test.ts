import { describe, expect, it } from 'vitest';
import type { DecideEntry, Entry, LoadEntry, PayEntry } from '../../src/domain/entry.ts';
import { replay } from '../../src/domain/replay.ts';

/** One unit and a waitlist, loaded by the rule under which nobody waited for what is paid. */
const EARLIER: LoadEntry = {
  k: 'load',
  sale: 's',
  starts: 1_000,
  ends: 9_000,
  limit: 2,
  holdMs: 60_000,
  stock: [1],
  waitlist: 9,
};

const decide = (job: number, line: number, buyers: readonly string[], out: string): DecideEntry => {
  const t = buyers.map((buyer) => [buyer, '0x1'] as const);
  const batch = { uid: `u${job}`, sale: 's', at: 2_000, epoch: 1, pos: line + t.length, all: 9, t };
  return { k: 'decide', job, line, out, batch };
};
const paid: PayEntry = {
  ...{ k: 'pay', sale: 's', ticket: 'u1.0', payment: 'pi_1', out: 'paid', hold: 2 },
};
const replayed = (entries: readonly Entry[]) =>
  replay(entries.map((entry, index) => ({ seq: index + 1, entry })));

describe('a log of the rule that dismissed who waited for what was paid', () => {
  const dismissed = { ...paid, gone: ['0x1'] };

  it('replays, and so does what the same sale did by the new rule', () => {
    const { mismatch, model } = replayed([
      EARLIER,
      decide(1, 0, ['ann', 'bob'], 'HW'),
      dismissed,
      decide(2, 2, ['cid', 'bob'], 'SS'),
      decide(3, 4, ['dot'], 'W'), // after the upgrade
    ]);
    expect(mismatch).toBeUndefined();
    expect([...(model.sales.get('s')?.waiting ?? [])]).toMatchObject([{ line: 5, buyer: 'dot' }]);
  });

  it('does not replay where even that rule would have let them wait', () => {
    const early = replayed([EARLIER, decide(1, 0, ['ann', 'bob'], 'HS')]); // the unit is held
    expect(early.mismatch?.replayed).toMatchObject({ out: 'HW' });
    const other = [EARLIER, decide(1, 0, ['ann', 'bob'], 'HW'), { ...paid, gone: ['0x2'] }];
    expect(replayed(other).mismatch?.replayed).toMatchObject({ gone: ['0x1'] });
  });

  it('is forged where the sale was loaded by the new rule', () => {
    const load: LoadEntry = { ...EARLIER, waits: 'to_end' };
    const first = decide(1, 0, ['ann', 'bob'], 'HW');
    const late = decide(2, 2, ['cid'], 'S');
    expect(replayed([load, first, dismissed]).mismatch).toMatchObject({ seq: 3, replayed: paid });
    expect(replayed([load, first, paid, late]).mismatch?.replayed).toMatchObject({ out: 'W' });
    expect(replayed([load, first, paid, { ...late, out: 'W' }]).mismatch).toBeUndefined();
  });
});
