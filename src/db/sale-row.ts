import type { Selectable } from 'kysely';
import { type Codec, decode, encode, given } from '../domain/codec.ts';
import type { SaleSettings } from '../domain/sale-settings.ts';
import type { Database } from './schema.ts';

export type SaleRow = Selectable<Database['sales']>;

/** Columns that the line maintains. */
type LineColumns =
  | 'shard'
  | 'closed'
  | 'offering'
  | 'line_number'
  | 'passed'
  | 'last_seq'
  | 'archived_seq'
  | 'in_part'
  | 'history_dropped';

/** Columns of a sale that hold its settings. */
export type SettingColumns = Omit<SaleRow, LineColumns | 'id' | 'secret_id' | 'created_at'>;

const COLUMNS: Codec<SaleSettings, SettingColumns> = {
  name: { to: (name) => ({ name }), from: ({ name }) => name },
  description: { to: (description) => ({ description }), from: ({ description }) => description },
  startsAtMs: {
    to: (ms) => ({ starts_at: new Date(ms) }),
    from: (row) => row.starts_at?.getTime(),
  },
  endsAtMs: {
    to: (ms) => ({ ends_at: new Date(ms) }),
    from: (row) => row.ends_at?.getTime(),
  },
  perBuyerLimit: {
    to: (limit) => ({ per_buyer_limit: limit }),
    from: (row) => row.per_buyer_limit,
  },
  holdMs: {
    to: (ms) => ({ hold_seconds: ms / 1000 }),
    from: (row) => given(row.hold_seconds, (seconds) => seconds * 1000),
  },
  offerMs: {
    to: (ms) => ({ offer_seconds: ms && ms / 1000 }),
    from: (row) => given(row.offer_seconds, (seconds) => seconds && seconds * 1000),
  },
  holdLimit: {
    to: (limit) => ({
      hold_limit_count: limit?.count ?? null,
      hold_limit_seconds: limit && limit.windowMs / 1000,
    }),
    from: ({ hold_limit_count: count, hold_limit_seconds: seconds }) => {
      if (count === undefined || seconds === undefined) return undefined;
      return count === null || seconds === null ? null : { count, windowMs: seconds * 1000 };
    },
  },
  waitlistMax: { to: (max) => ({ waitlist_max: max }), from: (row) => row.waitlist_max },
  challenge: { to: (challenge) => ({ challenge }), from: ({ challenge }) => challenge },
  timeZone: { to: (zone) => ({ time_zone: zone }), from: (row) => row.time_zone },
};

/** The columns of settings: only those of the settings given. */
export function toColumns(settings: SaleSettings): SettingColumns;
export function toColumns(settings: Partial<SaleSettings>): Partial<SettingColumns>;
export function toColumns(settings: Partial<SaleSettings>): Partial<SettingColumns> {
  return encode(COLUMNS, settings);
}

/** The settings that a row holds. */
export function fromRow(row: SettingColumns): SaleSettings {
  return decode(COLUMNS, row);
}
