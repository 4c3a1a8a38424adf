import type { Deadline } from '../domain/deadline.ts';
import type { DecideEntry } from '../domain/entry.ts';
import { HOLD_LIMIT_MAX } from '../domain/sale.ts';

// Texts that the scripts store in Redis and a rebuild rewrites. Those without a parser here are
// read only by Lua, see lua/fragments/. Tickets in them are refs, see src/domain/ticket.ts.

/** The decision of a batch, and its journal entry. */
export interface OutcomeRecord extends Pick<DecideEntry, 'job' | 'line' | 'out' | 'refs'> {
  readonly seq: number;
}

/** The outcome of a batch: `seq|job|line|letters|refs`, as decide.lua writes it. */
export function formatOutcome({ seq, job, line, out, refs }: OutcomeRecord): string {
  return `${seq}|${job}|${line}|${out}|${refs === undefined ? '' : JSON.stringify(refs)}`;
}

/** Reads what {@link formatOutcome} or decide.lua wrote. */
export function parseOutcome(text: string): OutcomeRecord {
  const [seq, job, line, out = '', refs] = text.split('|');
  return {
    seq: Number(seq),
    job: Number(job),
    line: Number(line),
    out,
    ...(refs ? { refs: JSON.parse(refs) as Record<string, string> } : {}),
  };
}

/**
 * What a buyer has: `units|ref`, units held or bought, and the ticket of the live hold or nothing.
 */
export function formatBuyer(buyer: { units: number; live: string }): string {
  return `${buyer.units}|${buyer.live}`;
}

/** A live hold: `seq|ref|buyer`, the entry that made it, its ticket, its owner. */
export function formatHold(hold: { seq: number; ref: string; buyer: string }): string {
  return `${hold.seq}|${hold.ref}|${hold.buyer}`;
}

/**
 * A ticket that was paid: `items|ref|buyer`, with the items that it still has, or nothing once it
 * is refunded.
 */
export function formatPaid(paid: {
  items: string;
  ref: string;
  buyer: string;
  isRefunded: boolean;
}): string {
  return paid.isRefunded ? '' : `${paid.items}|${paid.ref}|${paid.buyer}`;
}

/** A waiting ticket: `line|ref|origin`. */
export function formatWaiter(waiter: { line: number; ref: string; origin: string }): string {
  return `${waiter.line}|${waiter.ref}|${waiter.origin}`;
}

/**
 * The same as a member of the shapes: `items|line, 12 digits|buyer`, sorted by shape, then line.
 */
export function formatShape(waiter: { items: string; line: number; buyer: string }): string {
  return `${waiter.items}|${String(waiter.line).padStart(12, '0')}|${waiter.buyer}`;
}

/** Times of the last holds from one origin, in ms, oldest first; as many as are stored. */
export function formatHoldTimes(times: readonly number[]): string {
  return times.slice(-HOLD_LIMIT_MAX).join(',');
}

/** A restock: `seq|index|delta`, the entry that did it and what it did. */
export function formatRestock(restock: { seq: number; index: number; delta: number }): string {
  return `${restock.seq}|${restock.index}|${restock.delta}`;
}

/** A hold as a member of the deadlines: `sale|identity|seq of the hold`. */
export function formatDeadline(deadline: Omit<Deadline, 'atMs'>): string {
  return `${deadline.sale}|${deadline.identity}|${deadline.holdSeq}`;
}

/** Reads what {@link formatDeadline} wrote. */
export function parseDeadline(member: string): Omit<Deadline, 'atMs'> {
  const [sale = '', identity = '', holdSeq] = member.split('|');
  return { sale, identity, holdSeq: Number(holdSeq) };
}
