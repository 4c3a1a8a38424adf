import { formatNumber } from '../../kit/format.ts';

/** The position of the line at a moment. */
export interface Mark {
  readonly atMs: number;
  readonly decided: number;
}

/** The window that the curve shows, and the window that the number averages over. */
const KEPT_MS = 60_000;
const NOW_MS = 5_000;

/**
 * Adds a mark to those of the last minute. A mark that is not newer than the last is ignored; a
 * lower position (another sale, a restarted line) starts over.
 */
export function withMark(marks: readonly Mark[], mark: Mark): readonly Mark[] {
  const last = marks.at(-1);
  if (last === undefined || mark.decided < last.decided) return [mark];
  if (mark.atMs <= last.atMs) return marks;
  return [...marks.filter(({ atMs }) => atMs >= mark.atMs - KEPT_MS), mark];
}

/** Decisions per second over the last few seconds; undefined until there are two marks. */
export function paceOf(marks: readonly Mark[]): number | undefined {
  const last = marks.at(-1);
  if (last === undefined) return undefined;
  const first = marks.find(({ atMs }) => atMs >= last.atMs - NOW_MS);
  return first === undefined || first === last ? undefined : between(first, last);
}

/** Decisions per second between each two marks, at the time of the later one. */
export function pacesOf(marks: readonly Mark[]): { atMs: number; pace: number }[] {
  return marks.slice(1).flatMap((mark, at) => {
    const before = marks[at];
    return before === undefined ? [] : [{ atMs: mark.atMs, pace: between(before, mark) }];
  });
}

/** A pace as text: one decimal while it is low, none when it is high. */
export function paceInWords(pace: number | undefined): string {
  if (pace === undefined) return '–';
  return pace < 10 && pace > 0 ? pace.toFixed(1) : formatNumber(Math.round(pace));
}

function between(first: Mark, last: Mark): number {
  return ((last.decided - first.decided) * 1_000) / (last.atMs - first.atMs);
}
