import { describe, expect, it } from 'vitest';
import { type ArchiveState, isArchivable, isReadyForArchive } from '../../src/domain/archive.ts';

const OVER: ArchiveState = {
  isClosed: true,
  holds: 0,
  waiting: 0,
  openPayments: 0,
  openRefunds: 0,
  isHistoryBehind: false,
};

describe('a sale is archived', () => {
  it('when it is over and nothing is known to be coming', () => {
    expect(isReadyForArchive(OVER)).toBe(true);
  });

  it.each([{ isClosed: false }, { holds: 1 }, { waiting: 1 }])(
    'never while it can change by itself: %j',
    (left) => {
      expect(isArchivable({ ...OVER, ...left })).toBe(false);
      expect(isReadyForArchive({ ...OVER, ...left })).toBe(false);
    },
  );

  it.each([{ openPayments: 1 }, { openRefunds: 1 }, { isHistoryBehind: true }])(
    'not yet while it would have to come back: %j',
    (left) => {
      expect(isArchivable({ ...OVER, ...left })).toBe(true);
      expect(isReadyForArchive({ ...OVER, ...left })).toBe(false);
    },
  );
});
