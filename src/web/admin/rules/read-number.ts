import { formatNumber } from '../../kit/format.ts';

/** The result of parsing user input: a value, or the problem in words. */
export type Read<T> = { readonly value: T } | { readonly problem: string };

/** Parses an integer between two bounds. */
export function readWhole(text: string, min: number, max: number): Read<number> {
  const trimmed = text.trim().replace('−', '-');
  if (trimmed === '') return { problem: 'Fill this in.' };
  if (!/^[+-]?\d{1,15}$/.test(trimmed)) return { problem: 'Write a whole number, digits only.' };
  const value = Number(trimmed);
  if (value < min) return { problem: `At least ${formatNumber(min)}.` };
  if (value > max) return { problem: `At most ${formatNumber(max)}.` };
  return { value };
}
