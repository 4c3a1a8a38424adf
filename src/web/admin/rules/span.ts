import { type Read, readWhole } from './read-number.ts';

/** Units of duration, in seconds. */
export const SPAN_UNITS = { seconds: 1, minutes: 60, hours: 3_600 } as const;
export type SpanUnit = keyof typeof SPAN_UNITS;

/** A duration as typed into the form. */
export interface Span {
  readonly text: string;
  readonly unit: SpanUnit;
}

/** Seconds in the largest unit that divides them. */
export function spanOf(seconds: number): Span {
  const unit =
    seconds % 3_600 === 0 ? 'hours' : seconds % 60 === 0 ? 'minutes' : ('seconds' as const);
  return { text: String(seconds / SPAN_UNITS[unit]), unit };
}

/** Parses a duration into seconds. */
export function readSpan({ text, unit }: Span, maxSeconds: number): Read<number> {
  const size = SPAN_UNITS[unit];
  const read = readWhole(text, 1, Math.floor(maxSeconds / size));
  return 'value' in read ? { value: read.value * size } : read;
}
