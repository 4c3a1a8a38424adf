import { formatPrice } from '../../../domain/price.ts';
import { formatDated, formatNumber } from '../../kit/format.ts';

/** One changed value, before and after; undefined where it did not exist. */
export interface Difference {
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
}

type Facts = Readonly<Record<string, unknown>>;

/**
 * What differs between the facts before and after a change; nested facts by path: `products 1
 * amount`. Facts that exist on one side only were added or removed.
 */
export function differencesOf(before: Facts | undefined, after: Facts | undefined): Difference[] {
  const [was, is] = [flat(before), flat(after)];
  const names = [...new Set([...was.keys(), ...is.keys()])];
  return names
    .map((name) => ({ name, before: was.get(name), after: is.get(name) }))
    .filter((one) => one.before !== one.after);
}

/** A name of a field in words: `perBuyerLimit` is "per buyer limit". */
function fieldInWords(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, (_, low: string, high: string) => {
    return `${low} ${high.toLowerCase()}`;
  });
}

/** A value in words: times in the local zone, no value as a dash. */
export function valueInWords(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return formatNumber(value);
  const text = String(value);
  if (!/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text)) return text;
  return formatDated(text);
}

function flat(facts: unknown, path = ''): Map<string, unknown> {
  if (typeof facts !== 'object' || facts === null) {
    return path === '' ? new Map() : new Map([[path, facts]]);
  }
  const isList = Array.isArray(facts);
  return new Map(
    Object.entries(isList ? facts : withPrice(facts)).flatMap(([name, value]) => {
      const step = isList ? String(Number(name) + 1) : fieldInWords(name);
      return [...flat(value, path === '' ? step : `${path} ${step}`)];
    }),
  );
}

/** An amount with a currency beside it is a price; without one it stays in minor units. */
function withPrice(facts: object): object {
  if (!('amount' in facts) || typeof facts.amount !== 'number') return facts;
  const { amount, ...others } = facts;
  if (!('currency' in others) || typeof others.currency !== 'string') {
    return { ...others, 'amount in minor units': amount };
  }
  const { currency, ...rest } = others;
  return { ...rest, price: formatPrice(amount, currency) };
}
