import {
  type CloseCause,
  type DecideEntry,
  type EntryOf,
  type LoadEntry,
  type Offers,
  ticketAt,
} from '../domain/entry.ts';
import { formatFacts } from '../domain/facts.ts';
import { type Item, parseItems, unitsOf } from '../domain/items.ts';
import type { OrderStatus } from '../domain/order.ts';
import { nameOf, outcomeOf } from '../domain/outcome.ts';
import type { SettingsInEdit } from '../domain/sale-settings.ts';
import { formatRef, identityOf } from '../domain/ticket.ts';
import { fits, type Waiting, WaitingTickets, type WaitlistStatus } from '../domain/waitlist.ts';

/** Units of a product. */
export interface Units {
  available: number;
  held: number;
  sold: number;
}

/** A ticket that got units, with what became of them. */
export interface ExpectedOrder {
  readonly line: number;
  readonly identity: string;
  readonly ref: string;
  readonly buyer: string;
  readonly items: readonly Item[];
  readonly isOffered: boolean;
  status: OrderStatus;
  holdSeq: number;
  /** The payment that paid it; `free` where none had to. */
  paidBy: string | undefined;
  /** Units that were given back, by product. */
  readonly returned: Map<number, number>;
}

/** A ticket that waits or waited. */
export interface ExpectedPlace extends Waiting {
  readonly identity: string;
  readonly ref: string;
  readonly origin: string;
  status: WaitlistStatus;
  /** The entry that gave it its status. */
  seq: number;
}

/** A row of the ledger: signed changes of a product's units. */
export interface Move extends Readonly<Units> {
  readonly index: number;
  readonly cause: string;
  readonly order: ExpectedOrder | undefined;
}

/** A ticket with its decision, as the history has it. */
export interface DecidedTicket {
  readonly line: number;
  readonly identity: string;
  readonly ref: string;
  readonly buyer: string;
  readonly outcome: string;
  readonly other: string | null;
  /** What it found, where it got no units for want of stock. */
  readonly facts: string | null;
}

/** A captured payment, as the log settled it. */
export interface Settled extends Pick<EntryOf<'pay'>, 'ticket' | 'out' | 'reason'> {
  readonly seq: number;
}

/**
 * What the entries of a sale's log leave in Postgres: no rules, only their effects. The promises
 * that can be seen from the effects alone (I1, I2, I6, I7, I8) are checked on the way, so that an
 * error of the model does not hide one of the scripts.
 */
export class ExpectedSale {
  readonly stock: Units[] = [];
  readonly orders = new Map<string, ExpectedOrder>();
  /** By line number. */
  readonly places = new Map<number, ExpectedPlace>();
  readonly counts = new Map<string, number>();
  readonly payments = new Map<string, Settled>();
  readonly returns = new Map<string, EntryOf<'return'>>();
  /** Units that each buyer has, held or bought. */
  readonly units = new Map<string, number>();
  settings: SettingsInEdit = {};
  waitlistMax = 0;
  closed: '' | CloseCause = '';
  line = 0;
  /** The highest position passed. */
  passed = 0;
  seq = 0;
  archivedSeq: number | null = null;
  isInPart = false;
  isOffering = false;
  /** Tickets that were decided or got units out of their turn. */
  inversions = 0;
  /** What the last entry changed in the ledger, and which tickets it decided. */
  moves: Move[] = [];
  tickets: DecidedTicket[] = [];
  readonly waiting = new WaitingTickets<ExpectedPlace>();
  /** The live claim of each buyer. */
  readonly live = new Map<string, string>();
  readonly #violate: (violation: string) => void;
  #job = 0;
  #facts = new Map<string, string>();

  /** @param violate is told each broken promise, in order */
  constructor(violate: (violation: string) => void) {
    this.#violate = violate;
  }

  /** Begins the next entry. */
  begin(seq: number): void {
    if (this.moves.length > 0) this.#facts.clear();
    this.moves = [];
    this.tickets = [];
    this.seq = seq;
  }

  violate(violation: string): void {
    this.#violate(`entry ${this.seq}: ${violation}`);
  }

  load({ stock, waitlist = 0, starts, ends, limit, holdMs, holdLimit }: LoadEntry): void {
    this.settings = { starts, ends, limit, holdMs, holdLimit: holdLimit ?? null };
    this.waitlistMax = waitlist;
    for (const available of stock) this.addProduct(available);
  }

  addProduct(available: number): void {
    this.stock.push({ available: 0, held: 0, sold: 0 });
    this.move(this.stock.length - 1, 'stocked', { available, held: 0, sold: 0 });
  }

  /** Changes the units of a product, with a row in the ledger. */
  move(index: number, cause: string, by: Readonly<Units>, order?: ExpectedOrder): void {
    const units = this.stock[index];
    if (units === undefined) {
      this.violate(`there is no product ${index}`);
      return;
    }
    units.available += by.available;
    units.held += by.held;
    units.sold += by.sold;
    if (Math.min(units.available, units.held, units.sold) < 0) {
      this.violate(`I1: product ${index} has fewer units than none`);
    }
    this.moves.push({ index, cause, order, ...by });
  }

  count(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  decide(entry: DecideEntry): void {
    const { batch, out, job } = entry;
    if (entry.line !== this.line) {
      this.#invert(`I2: it begins behind line number ${entry.line}, the last was ${this.line}`);
    }
    if (job <= this.#job) this.#invert(`I2: job ${job} was passed, the last was ${this.#job}`);
    this.#job = job;
    this.line = entry.line;
    this.passed = Math.max(this.passed, batch.pos);
    if (out.length !== batch.t.length) {
      this.violate(`I4: it has ${out.length} decisions for ${batch.t.length} tickets`);
    }
    for (const [index, letter] of [...out].entries()) {
      const outcome = outcomeOf(letter);
      if (outcome === undefined) continue; // a repeat has none of its own
      this.line++;
      this.#decideOne(entry, index, nameOf(outcome));
    }
  }

  #decideOne(entry: DecideEntry, index: number, outcome: string): void {
    const ticket = ticketAt(entry, index);
    const { line } = this;
    const [buyer = '', items = '', , origin = ''] = entry.batch.t[index] ?? [];
    const [ref, identity] = [formatRef(ticket), identityOf(ticket)];
    const isShort = outcome === 'sold_out' || outcome === 'waitlisted';
    const facts = isShort ? this.#factsOf(items) : null;
    const other = entry.refs?.[index] ?? null;
    this.count(outcome);
    this.tickets.push({ line, identity, ref, buyer, outcome, other, facts });
    if (outcome === 'held') {
      this.checkOvertaking(line);
      this.#hold({ line, identity, ref, buyer, items: parseItems(items), isOffered: false });
      this.#facts.clear();
    }
    if (isShort && !this.isOffering && this.#fits(items)) {
      this.#invert(`I2: line number ${line} was passed over: what it wanted was available`);
    }
    if (outcome !== 'waitlisted') return;
    if (this.live.has(buyer)) this.violate(`I6: line number ${line} is a second claim`);
    this.live.set(buyer, identity);
    const place: ExpectedPlace = {
      ...{ line, identity, ref, buyer, items, origin },
      ...{ status: 'waitlisted', seq: this.seq },
    };
    this.places.set(line, place);
    this.waiting.add(place);
  }

  #invert(violation: string): void {
    this.inversions++;
    this.violate(violation);
  }

  #fits(items: string): boolean {
    return fits(parseItems(items), (index) => this.stock[index]?.available ?? 0);
  }

  #factsOf(items: string): string {
    const known = this.#facts.get(items);
    if (known !== undefined) return known;
    const facts = parseItems(items).map(({ index }) => {
      const { available = 0, held = 0, sold = 0 } = this.stock[index] ?? {};
      return { index, gone: held + sold, total: available + held + sold };
    });
    const text = formatFacts(facts);
    this.#facts.set(items, text);
    return text;
  }

  /** I2: nobody gets units while somebody before them waits for what is available. */
  checkOvertaking(line: number): void {
    const available = (index: number) => this.stock[index]?.available ?? 0;
    for (const { ticket, items } of this.waiting.heads()) {
      if (ticket.line >= line || !fits(items, available)) continue;
      this.#invert(`I2: line number ${line} overtook ${ticket.line}, which waits`);
    }
  }

  #hold(place: Omit<ExpectedOrder, 'status' | 'holdSeq' | 'returned' | 'paidBy'>): void {
    const { line, identity, buyer, items } = place;
    if (this.live.has(buyer)) this.violate(`I6: line number ${line} is a second claim`);
    this.live.set(buyer, identity);
    this.give(buyer, unitsOf(items), line);
    const more = { status: 'held', holdSeq: this.seq, paidBy: undefined } as const;
    const order: ExpectedOrder = { ...place, ...more, returned: new Map() };
    this.orders.set(identity, order);
    for (const { index, quantity } of items) {
      this.move(index, 'held', { available: -quantity, held: quantity, sold: 0 }, order);
    }
  }

  /** Counts units of a buyer (I6). */
  give(buyer: string, units: number, line: number): void {
    const has = (this.units.get(buyer) ?? 0) + units;
    if (has === 0) this.units.delete(buyer);
    else this.units.set(buyer, has);
    const { limit = 0 } = this.settings;
    if (units > 0 && has > limit) {
      this.violate(`I6: with line number ${line} its buyer has ${has} units, allowed are ${limit}`);
    }
  }

  endWaiting(line: number, status: WaitlistStatus): ExpectedPlace | undefined {
    const place = this.waiting.at(line);
    if (place === undefined) {
      this.violate(`I3: line number ${line} does not wait`);
      return undefined;
    }
    this.waiting.remove(line);
    this.live.delete(place.buyer);
    place.status = status;
    place.seq = this.seq;
    return place;
  }

  /** Ends all waiting, or that for some items. */
  endAllWaiting(items?: readonly string[]): void {
    for (const place of [...this.waiting]) {
      if (items === undefined || items.includes(place.items)) {
        this.endWaiting(place.line, 'sold_out');
      }
    }
  }

  /** What an entry does on the waitlist after units came back. */
  offer({ offers = [], over = [], more }: Offers): void {
    this.isOffering = more === true;
    for (const line of over) this.endWaiting(line, 'rejected');
    for (const line of offers) {
      this.checkOvertaking(line);
      const place = this.endWaiting(line, 'offered');
      if (place === undefined) continue;
      const { identity, ref, buyer, items } = place;
      this.#hold({ line, identity, ref, buyer, items: parseItems(items), isOffered: true });
    }
    if (offers.length > 0) this.count('offered', offers.length);
    if (!more) this.checkOvertaking(Number.POSITIVE_INFINITY);
  }
}
