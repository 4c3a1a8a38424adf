import { type Codec, decode, encode } from './codec.ts';
import type { HoldLimit } from './sale.ts';

/** What a seller sets for a sale. Codecs convert it to row, hash, entries and wire. */
export interface SaleSettings {
  readonly name: string;
  readonly description: string;
  /** In ms since the epoch. */
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  /** Units per buyer, over all products. */
  readonly perBuyerLimit: number;
  readonly holdMs: number;
  /** How long the hold of an offer lasts. Null: as long as any other, see {@link offerMsOf}. */
  readonly offerMs: number | null;
  /** Null: holds are not limited per origin. */
  readonly holdLimit: HoldLimit | null;
  /** Tickets that may wait on its waitlist; 0 for none. */
  readonly waitlistMax: number;
  /** Whether each ticket needs the solution of a challenge. */
  readonly challenge: boolean;
  /** The IANA time zone in which the sale's times are typed and told. */
  readonly timeZone: string;
}

/** How long the hold of an offer lasts in a sale, in ms. */
export function offerMsOf({ holdMs, offerMs }: Pick<SaleSettings, 'holdMs' | 'offerMs'>): number {
  return offerMs ?? holdMs;
}

/** Defaults for a new sale. */
export const DEFAULT_SETTINGS = {
  description: '',
  offerMs: null,
  holdLimit: null,
  waitlistMax: 0,
  challenge: false,
  timeZone: 'UTC',
} as const satisfies Partial<SaleSettings>;

/**
 * The settings that scripts use: in the journal from the sale's first load on (I10) and in the
 * sale's hash in Redis (I9). The others are read from Postgres only: how long an offer lasts, too,
 * because its clock starts when it is recorded.
 */
export type SaleRules = Omit<
  SaleSettings,
  'name' | 'description' | 'challenge' | 'offerMs' | 'timeZone'
>;

/**
 * How long a setting can be changed: until the sale is closed or has ended (`open`), until it opens
 * (`upcoming`), or not after the sale was created (`never`).
 */
export type ChangeableUntil = 'open' | 'upcoming' | 'never';

/**
 * Which setting can change when: the API refuses, and the control room locks, according to this
 * table.
 */
export const SETTING_CHANGES = {
  name: 'open',
  description: 'open',
  startsAtMs: 'upcoming',
  endsAtMs: 'open',
  perBuyerLimit: 'open',
  holdMs: 'open',
  offerMs: 'open',
  holdLimit: 'open',
  waitlistMax: 'never',
  challenge: 'never',
  timeZone: 'open',
} as const satisfies Record<keyof SaleSettings, ChangeableUntil>;

/** The same for the fields of a product; its units change by restocks. */
export const PRODUCT_CHANGES = {
  name: 'open',
  description: 'open',
  amount: 'upcoming',
  currency: 'upcoming',
} as const satisfies Record<keyof ProductChange, ChangeableUntil>;

type Changeable = {
  [K in keyof SaleSettings]: (typeof SETTING_CHANGES)[K] extends 'never' ? never : K;
}[keyof SaleSettings];

/** Changed settings; unchanged ones are omitted. */
export type SettingsChange = Partial<Pick<SaleSettings, Changeable>>;

/** Changed fields of a product. */
export interface ProductChange {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly amount?: number | undefined;
  readonly currency?: string | undefined;
}

/** Whether a change touches settings that are frozen once the sale has opened. */
export function isFrozenByOpening(
  settings: SettingsChange,
  products: readonly ProductChange[],
): boolean {
  return (
    touches(settings, SETTING_CHANGES, 'upcoming') ||
    products.some((product) => touches(product, PRODUCT_CHANGES, 'upcoming'))
  );
}

function touches(
  change: object,
  changes: Readonly<Record<string, ChangeableUntil>>,
  until: ChangeableUntil,
): boolean {
  return Object.entries(change).some(
    ([name, value]) => value !== undefined && changes[name] === until,
  );
}

/** Rules as an entry `load` has them. The log is hashed: names, order and omissions stay. */
export interface LoadedRules {
  readonly starts: number;
  readonly ends: number;
  readonly limit: number;
  readonly holdMs: number;
  /** Omitted when the sale has no waitlist. */
  readonly waitlist?: number;
  /** Omitted when the sale has none. */
  readonly holdLimit?: HoldLimit;
}

const LOADED: Codec<SaleRules, LoadedRules> = {
  startsAtMs: { to: (starts) => ({ starts }), from: ({ starts }) => starts },
  endsAtMs: { to: (ends) => ({ ends }), from: ({ ends }) => ends },
  perBuyerLimit: { to: (limit) => ({ limit }), from: ({ limit }) => limit },
  holdMs: { to: (holdMs) => ({ holdMs }), from: ({ holdMs }) => holdMs },
  waitlistMax: {
    to: (waitlist) => (waitlist > 0 ? { waitlist } : {}),
    from: ({ waitlist = 0 }) => waitlist,
  },
  holdLimit: {
    to: (holdLimit) => (holdLimit === null ? {} : { holdLimit }),
    from: ({ holdLimit = null }) => holdLimit,
  },
};

/** Rules as they stand in an entry `load`. */
export function toLoaded(rules: SaleRules): LoadedRules {
  return encode(LOADED, rules);
}

/** The rules that an entry `load` has. */
export function fromLoaded(entry: LoadedRules): SaleRules {
  return decode(LOADED, entry);
}

/** Changed settings as an entry `edit` has them. The log is hashed: names and order stay. */
export interface SettingsInEdit {
  readonly name?: string;
  readonly description?: string;
  readonly starts?: number;
  readonly ends?: number;
  readonly limit?: number;
  readonly holdMs?: number;
  /** null: no limit from now on. */
  readonly holdLimit?: HoldLimit | null;
  /** null: as holds from now on. */
  readonly offerMs?: number | null;
  readonly timeZone?: string;
}

const EDITED: Codec<Required<SettingsChange>, SettingsInEdit> = {
  name: { to: (name) => ({ name }), from: ({ name }) => name },
  description: { to: (description) => ({ description }), from: ({ description }) => description },
  startsAtMs: { to: (starts) => ({ starts }), from: ({ starts }) => starts },
  endsAtMs: { to: (ends) => ({ ends }), from: ({ ends }) => ends },
  perBuyerLimit: { to: (limit) => ({ limit }), from: ({ limit }) => limit },
  holdMs: { to: (holdMs) => ({ holdMs }), from: ({ holdMs }) => holdMs },
  holdLimit: { to: (holdLimit) => ({ holdLimit }), from: ({ holdLimit }) => holdLimit },
  offerMs: { to: (offerMs) => ({ offerMs }), from: ({ offerMs }) => offerMs },
  timeZone: { to: (timeZone) => ({ timeZone }), from: ({ timeZone }) => timeZone },
};

/** Changed settings as they stand in an entry `edit`. */
export function toEdited(change: SettingsChange): SettingsInEdit {
  return encode(EDITED, change);
}

/** The settings that an entry `edit` changes. */
export function fromEdited(set: SettingsInEdit): SettingsChange {
  return decode(EDITED, set);
}
