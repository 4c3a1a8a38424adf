import { formatNumber } from '../../kit/format.ts';

/** How far the line was at a moment. */
export interface Mark {
  readonly atMs: number;
  readonly decided: number;
}

/** What is kept for the curve, and what "now" means for the number. */
const KEPT_MS = 60_000;
const NOW_MS = 5_000;

/**
 * Adds a mark to those of the last minute. One that is not newer than the last changes nothing; one
 * whose line is shorter (another sale, another line) begins anew.
 */
export function withMark(marks: readonly Mark[], mark: Mark): readonly Mark[] {
  const last = marks.at(-1);
  if (last === undefined || mark.decided < last.decided) return [mark];
  if (mark.atMs <= last.atMs) return marks;
  return [...marks.filter(({ atMs }) => atMs >= mark.atMs - KEPT_MS), mark];
}

/** Decisions a second over the last few seconds; undefined until there are two marks. */
export function paceOf(marks: readonly Mark[]): number | undefined {
  const last = marks.at(-1);
  if (last === undefined) return undefined;
  const first = marks.find(({ atMs }) => atMs >= last.atMs - NOW_MS);
  return first === undefined || first === last ? undefined : between(first, last);
}

/** Decisions a second between each two marks, with the time of the later one. */
export function pacesOf(marks: readonly Mark[]): { atMs: number; pace: number }[] {
  return marks.slice(1).flatMap((mark, at) => {
    const before = marks[at];
    return before === undefined ? [] : [{ atMs: mark.atMs, pace: between(before, mark) }];
  });
}

/** A pace as it is shown: one digit behind the point while it is slow, none once it is fast. */
export function paceInWords(pace: number | undefined): string {
  if (pace === undefined) return '–';
  return pace < 10 && pace > 0 ? pace.toFixed(1) : formatNumber(Math.round(pace));
}

function between(first: Mark, last: Mark): number {
  return ((last.decided - first.decided) * 1_000) / (last.atMs - first.atMs);
}
