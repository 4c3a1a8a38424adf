import { digitsOf, formatPrice, isChargeable } from '../../../domain/price.ts';
import type { Read } from './read-number.ts';

/** Minor units; Stripe takes at most eight digits. */
const MAX_AMOUNT = 99_999_999;

/**
 * Reads a price as people write it, "149", "149.5" or "149,50", as minor units. Thousands are not to
 * be set apart: "1,490" is a thousand to some and one and a half to others.
 */
export function readPrice(text: string, currency: string): Read<number> {
  const trimmed = text.trim();
  if (trimmed === '') return { problem: 'Fill in a price.' };
  const parts = /^(\d{1,10})(?:[.,](\d+))?$/.exec(trimmed);
  if (parts === null) return { problem: 'Write the price as 1490 or 1490.50, without the sign.' };
  const digits = digitsOf(currency);
  const [, whole = '', fraction = ''] = parts;
  if (fraction.length > digits) return { problem: tooFine(digits) };
  const value = Number(whole + fraction.padEnd(digits, '0'));
  if (value < 1) return { problem: 'A price is more than nothing.' };
  if (!isChargeable(value, currency))
    return { problem: 'The third digit after the point must be 0.' };
  if (value > MAX_AMOUNT) return { problem: `At most ${formatPrice(MAX_AMOUNT, currency)}.` };
  return { value };
}

/** Minor units as they are written into a field: 14900 and `eur` are "149.00". */
export function priceAsInput(amount: number, currency: string): string {
  const digits = digitsOf(currency);
  const text = String(amount).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Whether it has the form of a currency's code. */
export function isCurrency(currency: string): boolean {
  return /^[a-z]{3}$/.test(currency);
}

function tooFine(digits: number): string {
  if (digits === 0) return 'This currency has no cents: write a whole number.';
  return `At most ${digits} digits after the point, and thousands are not set apart.`;
}
