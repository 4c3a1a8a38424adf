import { type Entry, lineNumberAt } from './entry.ts';
import { outcomeOf } from './outcome.ts';

/**
 * What a sale's log has: how many tickets were decided and how, by their decision, and how many
 * orders were ever paid and refunded.
 */
export interface LogCounts {
  readonly decided: number;
  readonly held: number;
  readonly waitlisted: number;
  readonly soldOut: number;
  readonly rejected: number;
  readonly cancelled: number;
  readonly paid: number;
  readonly refunded: number;
}

export const NO_COUNTS: LogCounts = {
  decided: 0,
  held: 0,
  waitlisted: 0,
  soldOut: 0,
  rejected: 0,
  cancelled: 0,
  paid: 0,
  refunded: 0,
};

const BY_STATUS = {
  held: 'held',
  waitlisted: 'waitlisted',
  sold_out: 'soldOut',
  rejected: 'rejected',
  cancelled: 'cancelled',
} as const;

/** The counts after one more entry. */
export function countEntry(counts: LogCounts, entry: Entry): LogCounts {
  if (entry.k === 'decide') return countOutcomes(counts, entry.out);
  if (entry.k === 'confirm' || (entry.k === 'pay' && entry.out !== 'refund')) {
    return { ...counts, paid: counts.paid + 1 };
  }
  return entry.k === 'refund' ? { ...counts, refunded: counts.refunded + 1 } : counts;
}

function countOutcomes(counts: LogCounts, out: string): LogCounts {
  const sums = { ...counts };
  for (const letter of out) {
    const outcome = outcomeOf(letter);
    if (outcome === undefined) continue;
    sums.decided++;
    sums[BY_STATUS[outcome.status]]++;
  }
  return sums;
}

/** The last line number that an entry gives out, or the one before it. */
export function lineAfter(line: number, entry: Entry): number {
  if (entry.k !== 'decide') return line;
  return lineNumberAt(entry.line, entry.out, entry.out.length - 1);
}
