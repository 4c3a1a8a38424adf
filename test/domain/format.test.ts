import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/domain/entry.ts';
import { FORMAT, formatOf, UNKNOWN_FORMAT } from '../../src/domain/format.ts';
import { loadEntry } from '../support/shard.ts';

/**
 * The kinds that the first format has. A new kind is of a newer format, for no earlier version
 * knows it: this list is never added to.
 */
const FIRST = [
  ...['load', 'decide', 'skip', 'release', 'offer', 'leave', 'close', 'product', 'edit'],
  ...['restock', 'pay', 'confirm', 'refund', 'return', 'archive', 'restore'],
];

// The kinds are read as they would be from a journal, where any text may stand.
const ofKind = (k: string) => formatOf({ k, batch: {} } as unknown as Entry);

describe('the format of an entry', () => {
  it('is the first for the kinds that were there from the start', () => {
    expect(FIRST.map(ofKind)).toEqual(FIRST.map(() => 1));
  });

  it('is its own, its batch’s or its kind’s, whichever is the newest', () => {
    expect(formatOf({ ...loadEntry('sale'), v: FORMAT + 1 })).toBe(FORMAT + 1);
    const batch = { uid: 'u', sale: 's', at: 1, epoch: 1, pos: 1, all: 1, t: [], v: FORMAT + 2 };
    expect(formatOf({ k: 'decide', job: 1, line: 0, out: '', batch })).toBe(FORMAT + 2);
  });

  it('is newer than all where the kind is not known', () => {
    expect(ofKind('gift')).toBe(UNKNOWN_FORMAT);
    expect(ofKind('toString')).toBe(UNKNOWN_FORMAT);
  });
});
