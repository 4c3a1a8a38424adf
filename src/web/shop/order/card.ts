/** The card fields as typed. */
export interface TypedCard {
  readonly number: string;
  readonly expiry: string;
  readonly cvc: string;
}

/** Problems by field; empty when the card may be sent. */
export type CardErrors = Partial<Record<keyof TypedCard, string>>;

/** A card number in groups of four, as printed on the card. */
export function spacedNumber(typed: string): string {
  return digitsOf(typed)
    .slice(0, 19)
    .replace(/(.{4})(?=.)/g, '$1 ');
}

/** Formats typed digits as `12 / 30`. */
export function spacedExpiry(typed: string): string {
  const digits = digitsOf(typed);
  const all = /^[2-9]/.test(digits) ? `0${digits}` : digits;
  const month = all.slice(0, 2);
  const year = all.slice(2, 4);
  return year === '' ? month : `${month} / ${year}`;
}

/** Month and full year of an expiry date; undefined if invalid. */
export function expiryOf(typed: string): { month: number; year: number } | undefined {
  const match = /^(\d{2}) ?\/? ?(\d{2})$/.exec(typed.trim());
  if (match === null) return undefined;
  const month = Number(match[1]);
  return month < 1 || month > 12 ? undefined : { month, year: 2_000 + Number(match[2]) };
}

/** Checks a card for mistakes that need no bank to detect. */
export function checkCard(card: TypedCard, today: Date): CardErrors {
  const errors: CardErrors = {};
  if (!isCardNumber(card.number)) errors.number = 'This is not a card number. Please check it.';
  const expiry = expiryOf(card.expiry);
  if (expiry === undefined) errors.expiry = 'Month and year, like 12 / 30.';
  else if (isPast(expiry, today)) errors.expiry = 'This card has expired.';
  if (!/^\d{3,4}$/.test(card.cvc.trim())) errors.cvc = 'Three or four digits.';
  return errors;
}

/** The check digit of card numbers (Luhn). */
export function isCardNumber(typed: string): boolean {
  const digits = digitsOf(typed);
  if (digits.length < 12 || digits.length > 19) return false;
  const sum = Array.from(digits)
    .toReversed()
    .reduce((all, digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return all + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}

function isPast({ month, year }: { month: number; year: number }, today: Date): boolean {
  const thisYear = today.getFullYear();
  return year < thisYear || (year === thisYear && month < today.getMonth() + 1);
}

function digitsOf(typed: string): string {
  return typed.replace(/\D/g, '');
}
