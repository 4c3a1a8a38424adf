import { type Item, parseItems } from './items.ts';

/** Most tickets that one script call takes off a waitlist: no call may block Redis for long. */
export const OFFERS_MAX = 100;

/** What became of a ticket that was put on a waitlist. */
export type WaitlistStatus = 'waitlisted' | 'offered' | 'sold_out' | 'rejected' | 'cancelled';

/** A ticket that waits for units to come back. */
export interface Waiting {
  readonly line: number;
  readonly buyer: string;
  /** `0x1-2x3`, see items.ts. */
  readonly items: string;
}

/** The tickets on a waitlist, one a buyer, in the order of their line numbers. */
export class WaitingTickets<T extends Waiting> {
  readonly #byLine = new Map<number, T>();
  readonly #byBuyer = new Map<string, T>();

  get size(): number {
    return this.#byLine.size;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#byLine.values();
  }

  /** The ticket of a buyer. */
  of(buyer: string): T | undefined {
    return this.#byBuyer.get(buyer);
  }

  /** Adds a ticket behind all others. */
  add(ticket: T): void {
    this.#byLine.set(ticket.line, ticket);
    this.#byBuyer.set(ticket.buyer, ticket);
  }

  /** Removes the ticket with a line number; returns whether there was one. */
  remove(line: number): boolean {
    const ticket = this.#byLine.get(line);
    if (ticket === undefined) return false;
    this.#byBuyer.delete(ticket.buyer);
    return this.#byLine.delete(line);
  }

  clear(): void {
    this.#byLine.clear();
    this.#byBuyer.clear();
  }
}

/** Whether enough of every item is available. */
export function fits(items: readonly Item[], units: (index: number) => number): boolean {
  return items.every(({ index, quantity }) => units(index) >= quantity);
}

/** The effect of returned units on a waitlist; line numbers, in order. */
export interface Settlement<T extends Waiting> {
  readonly offers: readonly T[];
  readonly over: readonly T[];
  readonly passed: readonly number[];
  readonly more: boolean;
}

/**
 * First fit in line order: as long as any waiting ticket fits what is available, the one with the
 * lowest line number among them gets it. A ticket ahead of it that does not fit is passed over and
 * keeps its place.
 *
 * @param waiting the tickets by line number, ascending
 * @param available units by product index; not changed
 * @param mayHave whether the buyer may have what it waits for (I6); called once per ticket, which
 *   then has it
 * @param max tickets to take off the waitlist at most
 */
export function settle<T extends Waiting>(
  waiting: Iterable<T>,
  available: readonly number[],
  mayHave: (ticket: T) => boolean,
  max: number,
): Settlement<T> {
  const left = [...available];
  const unitsLeft = (index: number) => left[index] ?? 0;
  const heads = [...waiting];
  const offers: T[] = [];
  const over: T[] = [];
  const passed = new Set<number>();
  for (;;) {
    const at = heads.findIndex((ticket) => fits(parseItems(ticket.items), unitsLeft));
    const next = heads[at];
    if (next === undefined) return { offers, over, passed: ascending(passed), more: false };
    if (offers.length + over.length === max) {
      return { offers, over, passed: ascending(passed), more: true };
    }
    for (const shape of firstOfEachShape(heads.slice(0, at))) passed.add(shape.line);
    heads.splice(at, 1);
    const items = parseItems(next.items);
    if (!mayHave(next)) {
      over.push(next);
      continue;
    }
    offers.push(next);
    for (const { index, quantity } of items) left[index] = unitsLeft(index) - quantity;
  }
}

/**
 * Of tickets that want the same items, the journal names the first: the others wait for the same
 * reason.
 */
function firstOfEachShape(tickets: readonly Waiting[]): Waiting[] {
  const seen = new Set<string>();
  return tickets.filter(({ items }) => !seen.has(items) && seen.add(items));
}

function ascending(lines: ReadonlySet<number>): number[] {
  return [...lines].sort((a, b) => a - b);
}
