import { type Read, readWhole } from './read-number.ts';

/** Units a length of time is written in, with their seconds. */
export const SPAN_UNITS = { seconds: 1, minutes: 60, hours: 3_600 } as const;
export type SpanUnit = keyof typeof SPAN_UNITS;

/** A length of time as it is typed. */
export interface Span {
  readonly text: string;
  readonly unit: SpanUnit;
}

/** Seconds in the largest unit that holds them whole. */
export function spanOf(seconds: number): Span {
  const unit =
    seconds % 3_600 === 0 ? 'hours' : seconds % 60 === 0 ? 'minutes' : ('seconds' as const);
  return { text: String(seconds / SPAN_UNITS[unit]), unit };
}

/** Reads a length of time as seconds. */
export function readSpan({ text, unit }: Span, maxSeconds: number): Read<number> {
  const size = SPAN_UNITS[unit];
  const read = readWhole(text, 1, Math.floor(maxSeconds / size));
  return 'value' in read ? { value: read.value * size } : read;
}
