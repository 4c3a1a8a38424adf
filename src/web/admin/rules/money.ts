import { digitsOf, formatPrice, isChargeable } from '../../../domain/price.ts';
import type { Read } from './read-number.ts';

/** In minor units; Stripe accepts at most eight digits. */
const MAX_AMOUNT = 99_999_999;

/**
 * Parses a price as people write it ("149", "149.5", "149,50") into minor units; 0 is free.
 * Thousands separators are refused: "1,490" is one thousand to some readers and one and a half to
 * others.
 */
export function readPrice(text: string, currency: string): Read<number> {
  const trimmed = text.trim();
  if (trimmed === '') return { problem: 'Enter a price.' };
  const parts = /^(\d{1,10})(?:[.,](\d+))?$/.exec(trimmed);
  if (parts === null) return { problem: 'Write the price as 1490 or 1490.50, without the sign.' };
  const digits = digitsOf(currency);
  const [, whole = '', fraction = ''] = parts;
  if (fraction.length > digits) return { problem: tooFine(digits) };
  const value = Number(whole + fraction.padEnd(digits, '0'));
  if (!isChargeable(value, currency))
    return { problem: 'The third digit after the point must be 0.' };
  if (value > MAX_AMOUNT) return { problem: `At most ${formatPrice(MAX_AMOUNT, currency)}.` };
  return { value };
}

/** Minor units as text for an input: 14900 in `eur` is "149.00". */
export function priceAsInput(amount: number, currency: string): string {
  const digits = digitsOf(currency);
  const text = String(amount).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Whether a text has the form of a currency code. */
export function isCurrency(currency: string): boolean {
  return /^[a-z]{3}$/.test(currency);
}

function tooFine(digits: number): string {
  if (digits === 0) return 'This currency has no cents: write a whole number.';
  return `At most ${digits} digits after the point, and thousands are not set apart.`;
}
