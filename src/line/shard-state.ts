import type { Tx } from '../db/client.ts';
import { listLogOfSale } from '../db/log.ts';
import { fromRow } from '../db/sale-row.ts';
import type { LoggedSale } from '../db/shard-sales.ts';
import {
  readClaimedOrders,
  readCountedHolds,
  readSaleState,
  readSettledPayments,
  readWaitlist,
} from '../db/shard-state.ts';
import {
  type DecideEntry,
  type Entry,
  type RestockEntry,
  type ReturnEntry,
  ticketAt,
} from '../domain/entry.ts';
import { formatRef } from '../domain/ticket.ts';
import type { EpochKeys } from '../redis/keys.ts';
import {
  formatBuyer,
  formatDeadline,
  formatHold,
  formatHoldTimes,
  formatOutcome,
  formatPaid,
  formatRestock,
  formatShape,
  formatWaiter,
} from '../redis/records.ts';
import { saleHash } from '../redis/sale-hash.ts';

/** Log rows read at a time. */
const PAGE = 500;

/** The parts of a shard's state. */
export type Part =
  | 'sale'
  | 'buyers'
  | 'holds'
  | 'waiters'
  | 'shapes'
  | 'paid'
  | 'payments'
  | 'origins'
  | 'deadlines'
  | 'outcomes'
  | 'attempts'
  | 'restocks'
  | 'returns';

/**
 * Fields that a key of a shard must have according to Postgres; for deadlines and shapes, members
 * with scores.
 */
export interface Piece {
  readonly part: Part;
  readonly key: string;
  readonly values: ReadonlyMap<string, string>;
  /** The key may have no others. */
  readonly isWhole: boolean;
  /** They may be missing: only a rebuild writes them. */
  readonly isHint?: true;
}

/**
 * Reads what a shard has in Redis of a sale (I9).
 *
 * @param tx a snapshot of Postgres
 * @param at the keys that the pieces are for
 * @param sale has log entries
 */
export async function* readAll(
  tx: Tx,
  at: EpochKeys,
  { id, isInPart }: LoggedSale,
): AsyncGenerator<Piece> {
  yield* readClaims(tx, at, id);
  yield* readReturns(tx, at, id);
  if (!isInPart) yield* readTickets(tx, at, id);
}

/**
 * Reads what can still change of a sale from its projections (I9): its stock, holds with their
 * deadlines, and waiting tickets.
 *
 * @param sale has log entries
 */
export async function* readClaims(tx: Tx, at: EpochKeys, sale: string): AsyncGenerator<Piece> {
  const waiting = await readWaitlist(tx, sale);
  yield await readSale(tx, at, sale, waiting.length);
  yield* readHolds(tx, at, sale);
  yield await readPayments(tx, at, sale);
  yield await readOrigins(tx, at, sale);
  yield* waitlistPieces(at, sale, waiting);
}

async function readSale(tx: Tx, at: EpochKeys, id: string, waiting: number): Promise<Piece> {
  const { sale, products } = await readSaleState(tx, id);
  const fields = saleHash(fromRow(sale), {
    closed: sale.closed,
    line: sale.line_number,
    waiting,
    offering: sale.offering,
    isInPart: sale.in_part || sale.archived_seq !== null, // it comes back in part
    products,
  });
  const values = new Map(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  // A newer version, which runs beside this one, may keep more of a sale: that is no drift.
  return { part: 'sale', key: at.sale(id).sale, values, isWhole: false };
}

/** Holds with their deadlines, paid tickets, and the units and claim of each buyer. */
async function* readHolds(tx: Tx, at: EpochKeys, sale: string): AsyncGenerator<Piece> {
  const orders = await readClaimedOrders(tx, sale);
  const buyers = new Map<string, { units: number; live: string }>();
  const holds = new Map<string, string>();
  const deadlines = new Map<string, string>();
  const handedOver = new Map<string, string>();
  const paid = new Map<string, string>();
  for (const order of orders) {
    const {
      ticket_id: identity,
      hold_seq: holdSeq,
      ticket_ref: ref,
      buyer_id: owner,
      status,
    } = order;
    if (status !== 'held') {
      const { items } = order;
      const isRefunded = status === 'refunded';
      paid.set(identity, formatPaid({ items, ref, buyer: owner, isRefunded }));
    }
    if (status === 'refunded') continue;
    const buyer = buyers.get(owner) ?? { units: 0, live: '' };
    buyer.units += Number(order.units);
    buyers.set(owner, buyer);
    if (status !== 'held') continue;
    buyer.live = ref;
    holds.set(identity, formatHold({ seq: holdSeq, ref, buyer: owner }));
    const deadline = formatDeadline({ sale, identity, holdSeq });
    const endsAt = String(order.hold_expires_at.getTime());
    (order.isHandedOver ? handedOver : deadlines).set(deadline, endsAt);
  }
  const keys = at.sale(sale);
  const records = new Map([...buyers].map(([name, buyer]) => [name, formatBuyer(buyer)]));
  yield { part: 'buyers', key: keys.buyers, values: records, isWhole: true };
  yield { part: 'holds', key: keys.holds, values: holds, isWhole: true };
  yield { part: 'paid', key: keys.paid, values: paid, isWhole: true };
  yield { part: 'deadlines', key: at.deadlines, values: deadlines, isWhole: false };
  yield {
    part: 'deadlines',
    key: at.deadlines,
    values: handedOver,
    isWhole: false,
    isHint: true,
  };
}

/** Settled payments, each with the entry that settled it. */
async function readPayments(tx: Tx, at: EpochKeys, sale: string): Promise<Piece> {
  const rows = await readSettledPayments(tx, sale);
  const values = new Map(rows.map(({ id, seq }) => [id, String(seq)]));
  return { part: 'payments', key: at.sale(sale).payments, values, isWhole: true };
}

/** When the last holds of each origin were made. */
async function readOrigins(tx: Tx, at: EpochKeys, sale: string): Promise<Piece> {
  const holds = await readCountedHolds(tx, sale);
  const times = new Map<string, number[]>();
  for (const { origin, at_ms: madeAt } of holds) {
    for (const hash of origin.split(',')) {
      const known = times.get(hash);
      if (known === undefined) times.set(hash, [madeAt]);
      else known.push(madeAt);
    }
  }
  const values = new Map([...times].map(([hash, made]) => [hash, formatHoldTimes(made)]));
  return { part: 'origins', key: at.sale(sale).origins, values, isWhole: true };
}

type WaitingRow = Awaited<ReturnType<typeof readWaitlist>>[number];

/** Waiting tickets, as lua/fragments/waitlist.lua keeps them. */
function* waitlistPieces(
  at: EpochKeys,
  sale: string,
  waiting: readonly WaitingRow[],
): Generator<Piece> {
  const keys = at.sale(sale);
  const waiters = new Map<string, string>();
  const shapes = new Map<string, string>();
  for (const { buyer_id: buyer, ticket_ref: ref, line_number: line, items, origin } of waiting) {
    waiters.set(buyer, formatWaiter({ line, ref, origin }));
    shapes.set(formatShape({ items, line, buyer }), '0');
  }
  yield { part: 'waiters', key: keys.waiters, values: waiters, isWhole: true };
  yield { part: 'shapes', key: keys.shapes, values: shapes, isWhole: true };
}

/** Parts that are sorted sets in Redis; the others are hashes. */
export function isSorted(part: Part): boolean {
  return part === 'deadlines' || part === 'shapes';
}

/**
 * Reads what only the log has of a sale and never changes (I9): restocks by key, returned units by
 * refund.
 */
export async function* readReturns(tx: Tx, at: EpochKeys, sale: string): AsyncGenerator<Piece> {
  const keys = at.sale(sale);
  for await (const rows of pagesOf<RestockEntry>(tx, sale, 'restock')) {
    const values = rows.map(
      ({ seq, entry }): Field => [entry.key, formatRestock({ ...entry, seq })],
    );
    yield { part: 'restocks', key: keys.restocks, values: new Map(values), isWhole: false };
  }
  for await (const rows of pagesOf<ReturnEntry>(tx, sale, 'return')) {
    const values = rows.map(({ seq, entry }): Field => [entry.refund, String(seq)]);
    yield { part: 'returns', key: keys.returns, values: new Map(values), isWhole: false };
  }
}

/** The same for its tickets: outcomes by batch, attempts by key. */
export async function* readTickets(tx: Tx, at: EpochKeys, sale: string): AsyncGenerator<Piece> {
  const keys = at.sale(sale);
  const known = new Set<string>();
  for await (const rows of pagesOf<DecideEntry>(tx, sale, 'decide')) {
    const outcomes = new Map<string, string>();
    const attempts = new Map<string, string>();
    for (const { seq, entry } of rows) {
      outcomes.set(entry.batch.uid, formatOutcome({ ...entry, seq }));
      for (const [index, [, , key]] of entry.batch.t.entries()) {
        if (!key || known.has(key)) continue;
        known.add(key); // the first ticket of an attempt stands for it
        attempts.set(key, formatRef(ticketAt(entry, index)));
      }
    }
    yield { part: 'outcomes', key: keys.outcomes, values: outcomes, isWhole: false };
    yield { part: 'attempts', key: keys.attempts, values: attempts, isWhole: false };
  }
}

type Field = readonly [name: string, value: string];

/** All entries of a kind on a sale, a page at a time. */
async function* pagesOf<E extends Entry>(tx: Tx, sale: string, kind: E['k']) {
  for (let after = 0; ; ) {
    const rows = await listLogOfSale(tx, sale, { kind, after, limit: PAGE });
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.seq;
    yield rows.map(({ seq, entry }) => ({ seq, entry: JSON.parse(entry) as E }));
  }
}
