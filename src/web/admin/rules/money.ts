import { findCurrency, shownAs } from '../../../domain/currency.ts';
import { priceProblem } from '../../../domain/price.ts';
import type { Read } from './read-number.ts';

/**
 * Parses a price as people write it ("149", "149.5", "149,50") into minor units; 0 is free.
 * Thousands separators are refused: "1,490" is one thousand to some readers and one and a half to
 * others.
 */
export function readPrice(text: string, currency: string): Read<number> {
  const read = readAmount(text, shownAs(currency).digits);
  if ('problem' in read) return read;
  const problem = priceProblem(read.value, currency);
  return problem === undefined ? read : { problem: `It ${problem}.` };
}

/**
 * The same for any sum of money.
 *
 * @param digits decimal places of its currency
 */
export function readAmount(text: string, digits: number): Read<number> {
  const trimmed = text.trim();
  if (trimmed === '') return { problem: 'Enter a price.' };
  const parts = /^(\d{1,13})(?:[.,](\d+))?$/.exec(trimmed);
  if (parts === null) return { problem: 'Write the price as 1490 or 1490.50, without the sign.' };
  const [, whole = '', fraction = ''] = parts;
  if (fraction.length > digits) return { problem: tooFine(digits) };
  return { value: Number(whole + fraction.padEnd(digits, '0')) };
}

/** Whether a text is the code of a currency that Stripe takes. */
export function isCurrency(currency: string): boolean {
  return findCurrency(currency) !== undefined;
}

function tooFine(digits: number): string {
  if (digits === 0) return 'This currency has no cents: write a whole number.';
  return `At most ${digits} digits after the point, and thousands are not set apart.`;
}
