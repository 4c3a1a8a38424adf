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

/** Waiting tickets that want the same items, interchangeable but for their line numbers. */
interface Shape<T> {
  readonly items: readonly Item[];
  /** In order of their line numbers; some of them may have left. */
  tickets: T[];
  /** Before it all have left. */
  first: number;
  /** Those that wait. */
  count: number;
}

/** Places of tickets that have left, from which on a shape forgets them. */
const LEFT_MAX = 1_000;

/** The tickets on a waitlist, one a buyer, in the order of their line numbers. */
export class WaitingTickets<T extends Waiting> {
  readonly #byLine = new Map<number, T>();
  readonly #byBuyer = new Map<string, T>();
  readonly #shapes = new Map<string, Shape<T>>();

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

  /** The ticket with a line number. */
  at(line: number): T | undefined {
    return this.#byLine.get(line);
  }

  /** Adds a ticket behind all others. */
  add(ticket: T): void {
    this.#byLine.set(ticket.line, ticket);
    this.#byBuyer.set(ticket.buyer, ticket);
    const known = this.#shapes.get(ticket.items);
    const shape = known ?? { items: parseItems(ticket.items), tickets: [], first: 0, count: 0 };
    if (known === undefined) this.#shapes.set(ticket.items, shape);
    shape.tickets.push(ticket);
    shape.count++;
  }

  /** Removes the ticket with a line number; returns whether there was one. */
  remove(line: number): boolean {
    const ticket = this.#byLine.get(line);
    if (ticket === undefined) return false;
    this.#byBuyer.delete(ticket.buyer);
    this.#byLine.delete(line);
    const shape = this.#shapes.get(ticket.items);
    if (shape !== undefined && --shape.count === 0) this.#shapes.delete(ticket.items);
    return true;
  }

  clear(): void {
    this.#byLine.clear();
    this.#byBuyer.clear();
    this.#shapes.clear();
  }

  /**
   * Of the tickets that want the same items, the one with the lowest line number: all that decides
   * who is next, however many wait.
   */
  heads(): { readonly ticket: T; readonly items: readonly Item[] }[] {
    return [...this.#shapes.values()].flatMap((shape) => {
      const ticket = this.#firstOf(shape);
      return ticket === undefined ? [] : { ticket, items: shape.items };
    });
  }

  #firstOf(shape: Shape<T>): T | undefined {
    while (shape.first < shape.tickets.length) {
      const ticket = shape.tickets[shape.first];
      if (ticket !== undefined && this.#byLine.get(ticket.line) === ticket) return ticket;
      shape.first++;
      if (shape.first < LEFT_MAX) continue;
      shape.tickets = shape.tickets.slice(shape.first);
      shape.first = 0;
    }
    return undefined;
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
 * lowest line number among them gets it, and waits no more. A ticket ahead of it that does not fit
 * is passed over and keeps its place.
 *
 * @param available units by product index; not changed
 * @param mayHave whether the buyer may have what it waits for (I6); called once per ticket, which
 *   then has it
 * @param max tickets to take off the waitlist at most
 */
export function settle<T extends Waiting>(
  waiting: WaitingTickets<T>,
  available: readonly number[],
  mayHave: (ticket: T) => boolean,
  max: number,
): Settlement<T> {
  const left = [...available];
  const unitsLeft = (index: number) => left[index] ?? 0;
  const offers: T[] = [];
  const over: T[] = [];
  const passed = new Set<number>();
  for (;;) {
    const heads = waiting.heads();
    const next = lowest(heads.filter(({ items }) => fits(items, unitsLeft)));
    if (next === undefined) return { offers, over, passed: ascending(passed), more: false };
    if (offers.length + over.length === max) {
      return { offers, over, passed: ascending(passed), more: true };
    }
    // Of tickets that want the same items, the journal names the first: the others wait for the
    // same reason.
    const { ticket, items } = next;
    for (const { ticket: ahead } of heads) if (ahead.line < ticket.line) passed.add(ahead.line);
    waiting.remove(ticket.line);
    if (!mayHave(ticket)) {
      over.push(ticket);
      continue;
    }
    offers.push(ticket);
    for (const { index, quantity } of items) left[index] = unitsLeft(index) - quantity;
  }
}

function lowest<H extends { readonly ticket: Waiting }>(heads: readonly H[]): H | undefined {
  return heads.reduce<H | undefined>(
    (first, head) => (first === undefined || head.ticket.line < first.ticket.line ? head : first),
    undefined,
  );
}

function ascending(lines: ReadonlySet<number>): number[] {
  return [...lines].sort((a, b) => a - b);
}
