import { type Codec, decode, encode } from '../domain/codec.ts';
import type { SaleRules } from '../domain/sale-settings.ts';

/** Rules as stored in the hash of a sale, times in ms: what the scripts read. */
export interface RuleFields {
  readonly starts: number;
  readonly ends: number;
  readonly limit: number;
  readonly holdMs: number;
  /** Holds per origin within this many ms, lua/fragments/origins.lua; 0 without a limit. */
  readonly holdCount: number;
  readonly holdWindow: number;
  readonly waitlist: number;
}

/** What the hash of a sale holds besides its rules. */
export interface SaleState {
  readonly closed: string;
  /** The last line number given out. */
  readonly line: number;
  /** Tickets waiting on its waitlist. */
  readonly waiting: number;
  readonly offering: boolean;
  /** It was archived, and came back without the attempts and outcomes of its tickets. */
  readonly isInPart: boolean;
  readonly products: readonly { available: number; held: number; sold: number }[];
}

const FIELDS: Codec<SaleRules, RuleFields> = {
  startsAtMs: { to: (starts) => ({ starts }), from: ({ starts }) => starts },
  endsAtMs: { to: (ends) => ({ ends }), from: ({ ends }) => ends },
  perBuyerLimit: { to: (limit) => ({ limit }), from: ({ limit }) => limit },
  holdMs: { to: (holdMs) => ({ holdMs }), from: ({ holdMs }) => holdMs },
  holdLimit: {
    to: (limit) => ({ holdCount: limit?.count ?? 0, holdWindow: limit?.windowMs ?? 0 }),
    from: ({ holdCount: count, holdWindow: windowMs }) => {
      if (count === undefined || windowMs === undefined) return undefined;
      return count === 0 ? null : { count, windowMs };
    },
  },
  waitlistMax: { to: (waitlist) => ({ waitlist }), from: ({ waitlist }) => waitlist },
};

/** The hash fields of rules: only those of the rules given. */
export function toHash(rules: SaleRules): RuleFields;
export function toHash(rules: Partial<SaleRules>): Partial<RuleFields>;
export function toHash(rules: Partial<SaleRules>): Partial<RuleFields> {
  return encode(FIELDS, rules);
}

/** The rules that the hash of a sale has. */
export function fromHash(fields: RuleFields): SaleRules {
  return decode(FIELDS, fields);
}

/** The whole hash of a sale, as its first load and a rebuild write it (I9). */
export function saleHash(rules: SaleRules, state: SaleState): Record<string, string | number> {
  const { closed, line, waiting, offering, isInPart, products } = state;
  const fields: Record<string, string | number> = {
    ...toHash(rules),
    closed,
    line,
    waiting,
    offering: offering ? '1' : '',
    missing: isInPart ? 'tickets' : '',
    n: products.length,
  };
  for (const [index, product] of products.entries()) {
    fields[`a${index}`] = product.available;
    fields[`h${index}`] = product.held;
    fields[`s${index}`] = product.sold;
  }
  return fields;
}
