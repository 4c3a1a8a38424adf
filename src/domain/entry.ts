import type { OutcomeLetter } from './outcome.ts';
import type { AutomaticRefundReason, PaymentOutcome } from './payment.ts';
import {
  type LoadedRules,
  type ProductChange,
  type SaleRules,
  type SettingsInEdit,
  toLoaded,
} from './sale-settings.ts';
import type { TicketRef } from './ticket.ts';

/**
 * One ticket of a batch: buyer, items (`0x1-2x3`), the attempt's keyed hash (empty without a key),
 * and its origin if holds are counted per origin (`hash` or `hash,hash`).
 */
export type BatchTicket = readonly [buyer: string, items: string, key?: string, origin?: string];

/**
 * One BullMQ job: the tickets of one sale that one API process accepted within a few milliseconds,
 * in order. `at` is the time of acceptance in ms by Redis's clock; `pos` and `all` are the highest
 * position in the sale's line and in the shard's; `rid` is the id of the first request, for the
 * logs; `v` is its format (src/domain/format.ts), 1 when omitted.
 */
export interface Batch {
  readonly v?: number;
  readonly uid: string;
  readonly sale: string;
  readonly at: number;
  readonly epoch: number;
  readonly pos: number;
  readonly all: number;
  readonly t: readonly BatchTicket[];
  readonly rid?: string;
}

/** The state of a sale when it was first loaded: what a replay starts from. */
export interface LoadEntry extends LoadedRules {
  readonly k: 'load';
  readonly sale: string;
  readonly stock: readonly number[];
  /**
   * Its tickets wait until the sale is closed or ends; omitted when it has no waitlist. Sales that
   * were loaded before this rule lack it, see {@link Dismissal}.
   */
  readonly waits?: 'to_end';
}

/** One decided batch. Ticket i has letter `out[i]`; `line` is the line number before the first. */
export interface DecideEntry {
  readonly k: 'decide';
  readonly job: number;
  readonly line: number;
  readonly out: string;
  /** For D and R: the ticket that has the claim or is repeated, by index in the batch. */
  readonly refs?: Readonly<Record<string, string>>;
  readonly batch: Batch;
}

/** A job that decides nothing: a copy of a decided batch, or one that is missing or unreadable. */
export interface SkipEntry {
  readonly k: 'skip';
  readonly job: number;
  readonly why: SkipReason;
}
export type SkipReason = 'copy' | 'removed' | 'malformed' | 'unknown_sale';

/**
 * What a script did on the waitlist after units came back, by line numbers, in its order. An empty
 * list is omitted.
 */
export interface Offers {
  /** They hold their units now. */
  readonly offers?: readonly number[];
  /** It was their turn, but their limit allows no more units: rejected, limit_reached. */
  readonly over?: readonly number[];
  /**
   * They were ahead of one of the others, but too little was available for them: they keep their
   * place.
   */
  readonly passed?: readonly number[];
  /**
   * The script stopped at its bound: an entry `offer` continues, and newcomers line up behind until
   * then.
   */
  readonly more?: true;
  /**
   * When, in ms by Redis's clock; omitted when none of these tickets has an origin by which holds
   * are counted.
   */
  readonly at?: number;
}

/**
 * How waiting ended by an earlier rule: once too little was held for it to come back (decision
 * 0060). No script writes this any more, but the log has it for ever, and what was in a journal at
 * an upgrade is still recorded.
 */
export interface Dismissal {
  /** Tickets waiting for these items were dismissed. Omitted when there were none. */
  readonly gone?: readonly string[];
}

/** Ends a hold that was not paid. */
export interface ReleaseEntry extends Offers {
  readonly k: 'release';
  readonly sale: string;
  /** Its identity. */
  readonly ticket: string;
  /** The entry that made the hold. */
  readonly hold: number;
  readonly cause: ReleaseCause;
}
export type ReleaseCause = 'expired' | 'cancelled';

/** Continues offering where another entry had to stop. */
export interface OfferEntry extends Offers {
  readonly k: 'offer';
  readonly sale: string;
}

/** A ticket leaves the waitlist at its buyer's request. */
export interface LeaveEntry {
  readonly k: 'leave';
  readonly sale: string;
  readonly line: number;
}

/** The end of a sale, of its waitlist too. */
export interface CloseEntry {
  readonly k: 'close';
  readonly sale: string;
  readonly cause: CloseCause;
}
export type CloseCause = 'closed' | 'ended';

export interface ProductEntry {
  readonly k: 'product';
  readonly sale: string;
  readonly index: number;
  readonly product: NewProduct;
}
export interface NewProduct {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly amount: number;
  readonly currency: string;
  readonly stock: number;
}

/** Changed settings of a sale; times in ms. Products by index. */
export interface EditEntry {
  readonly k: 'edit';
  readonly sale: string;
  readonly set: SettingsInEdit;
  readonly products?: Readonly<Record<string, ProductChange>>;
}

export interface RestockEntry extends Offers, Dismissal {
  readonly k: 'restock';
  readonly sale: string;
  readonly index: number;
  readonly delta: number;
  readonly key: string;
}

/** A captured payment for a ticket's order is settled. */
export interface PayEntry extends Dismissal {
  readonly k: 'pay';
  readonly sale: string;
  /** Its identity. */
  readonly ticket: string;
  readonly payment: string;
  readonly out: PaymentOutcome;
  /** Why it is refunded, if it is. */
  readonly reason?: AutomaticRefundReason;
  /** The entry that made the hold that it paid. */
  readonly hold?: number;
}

/** An order that costs nothing is confirmed by its buyer: its hold is sold. */
export interface ConfirmEntry {
  readonly k: 'confirm';
  readonly sale: string;
  /** Its identity. */
  readonly ticket: string;
  /** The entry that made the hold. */
  readonly hold: number;
}

/** The units of a paid order are taken back: on sale again, or gone. */
export interface RefundEntry extends Offers {
  readonly k: 'refund';
  readonly sale: string;
  /** Its identity. */
  readonly ticket: string;
  readonly restock: boolean;
}

/** Some units of a paid order are taken back, with a part of its payment: the order stays paid. */
export interface ReturnEntry extends Offers {
  readonly k: 'return';
  readonly sale: string;
  /** Its identity. */
  readonly ticket: string;
  /** The id of the refund: they are taken back once for it. */
  readonly refund: string;
  /** As `0x1-2x3`. */
  readonly items: string;
  readonly restock: boolean;
}

/** A sale that is over leaves Redis: nothing of it can change any more by itself. */
export interface ArchiveEntry {
  readonly k: 'archive';
  readonly sale: string;
}

/**
 * An archived sale comes back into Redis, because something happens to it after all. First its
 * claims: stock, orders, payments, restocks and returned units. Then, where a ticket of it still
 * has to be decided, its tickets: outcomes and attempts.
 */
export interface RestoreEntry {
  readonly k: 'restore';
  readonly sale: string;
  readonly what: Restored;
}
/** What comes back, in this order. */
export const RESTORES = ['claims', 'tickets'] as const;
export type Restored = (typeof RESTORES)[number];

/**
 * Job numbers jump ahead by more than this when Redis lost some (lua/flip.lua): none is used twice.
 */
export const LOST_JUMP = 1_000_000_000;

/**
 * Everything that can change a sale of a shard, as it stands in journal and log. `v` is its format
 * (src/domain/format.ts), 1 when omitted.
 */
export type Entry = { readonly v?: number } & (
  | LoadEntry
  | DecideEntry
  | SkipEntry
  | ReleaseEntry
  | OfferEntry
  | LeaveEntry
  | CloseEntry
  | ProductEntry
  | EditEntry
  | RestockEntry
  | PayEntry
  | ConfirmEntry
  | RefundEntry
  | ReturnEntry
  | ArchiveEntry
  | RestoreEntry
);

export type EntryKind = Entry['k'];
export type EntryOf<K extends EntryKind> = Extract<Entry, { readonly k: K }>;

type OfferingKind = {
  [K in EntryKind]: keyof Offers extends keyof EntryOf<K> ? K : never;
}[EntryKind];

/** Entries through which units may go to waiting tickets. */
export type OfferingEntry = EntryOf<OfferingKind>;

const OFFERING: Readonly<Record<OfferingKind, true>> = {
  release: true,
  offer: true,
  restock: true,
  refund: true,
  return: true,
};

/** Whether units may go to waiting tickets through an entry. */
export function isOffering(entry: Entry): entry is OfferingEntry {
  return Object.hasOwn(OFFERING, entry.k);
}

/** An entry with its number in journal and log. */
export interface Sequenced {
  readonly seq: number;
  readonly entry: Entry;
}

/** Line number of ticket `index` of a decided batch: repeats have none. */
export function lineNumberAt(line: number, out: string, index: number): number {
  let number = line;
  for (let i = 0; i <= index; i++) if ((out[i] as OutcomeLetter) !== 'R') number++;
  return number;
}

/** The entry of the first load of a sale with rules and units by product. Its bytes are hashed. */
export function loadEntryOf(sale: string, rules: SaleRules, stock: readonly number[]): LoadEntry {
  const { starts, ends, limit, holdMs, ...others } = toLoaded(rules);
  const waits = rules.waitlistMax > 0 ? { waits: 'to_end' as const } : {};
  return { k: 'load', sale, starts, ends, limit, holdMs, stock, ...others, ...waits };
}

/** The ticket at `index` of the batch that is (to be) decided as job `job`. */
export function ticketAt({ batch, job }: { batch: Batch; job: number }, index: number): TicketRef {
  const [, items = '', key = ''] = batch.t[index] ?? [];
  const position = batch.pos - batch.t.length + index + 1;
  return { uid: batch.uid, index, job, position, epoch: batch.epoch, items, key };
}
