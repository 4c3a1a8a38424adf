import { isArchivable } from './archive.ts';
import {
  type ArchiveEntry,
  type Batch,
  type CloseEntry,
  type ConfirmEntry,
  type DecideEntry,
  type Dismissal,
  type EditEntry,
  type Entry,
  type LeaveEntry,
  type LoadEntry,
  type OfferEntry,
  type Offers,
  type PayEntry,
  type ProductEntry,
  type RefundEntry,
  type ReleaseEntry,
  type RestockEntry,
  type RestoreEntry,
  type ReturnEntry,
  type SkipEntry,
  type SkipReason,
  ticketAt,
} from './entry.ts';
import { HoldTimes } from './hold-times.ts';
import { type Item, parseItems, unitsOf, withoutItems } from './items.ts';
import type { OutcomeLetter } from './outcome.ts';
import type { AutomaticRefundReason } from './payment.ts';
import { type HoldLimit, MAX_PRODUCTS, MAX_STOCK } from './sale.ts';
import { formatRef, identityOf, parseRef, type TicketRef } from './ticket.ts';
import { fits, settle, type Waiting, WaitingTickets } from './waitlist.ts';

/** A product's units: what the Lua scripts keep in a0, h0, s0. */
interface ModelStock {
  available: number;
  held: number;
  sold: number;
}

interface ModelHold {
  readonly seq: number;
  readonly ref: TicketRef;
  readonly buyer: string;
}

/** A ticket that has or had its units. */
interface ModelWinner {
  readonly ref: TicketRef;
  readonly buyer: string;
  state: 'unpaid' | 'paid' | 'refunded';
  /** What it has, by product: less once some was given back. */
  left: readonly Item[];
}

/** What settles a captured payment, see lua/pay.lua. */
interface Payment extends Pick<PayEntry, 'sale' | 'ticket' | 'payment' | 'gone'> {
  /** Amount and currency are those of the order. */
  readonly matches: boolean;
}

/** A ticket at its turn. */
interface ModelTicket {
  readonly buyer: string;
  readonly ref: TicketRef;
  readonly origin: string | undefined;
  /** The log says sold out, and may do so by the earlier rule. */
  readonly wasDismissed: boolean;
}

interface ModelWaiting extends Waiting {
  readonly ref: TicketRef;
  readonly origin: string | undefined;
}

interface ModelSale {
  starts: number;
  ends: number;
  limit: number;
  holdLimit: HoldLimit | null;
  closed: boolean;
  /** What Redis does not have of it: `claims` means all of it. */
  missing: 'claims' | 'tickets' | 'nothing';
  line: number;
  /** Tickets that may wait; 0 without a waitlist. */
  readonly waitlist: number;
  /** Loaded under the earlier rule, by which the log may dismiss waiting tickets: see Dismissal. */
  readonly mayDismiss: boolean;
  /** Units are being offered to the waitlist: a newcomer waits, too. */
  offering: boolean;
  readonly waiting: WaitingTickets<ModelWaiting>;
  readonly stock: ModelStock[];
  /** Held and bought units by buyer. */
  readonly units: Map<string, number>;
  /** The ticket of each buyer's live claim. */
  readonly claims: Map<string, string>;
  /** Live holds by ticket identity. */
  readonly holds: Map<string, ModelHold>;
  /** Tickets that ever held units, by identity. */
  readonly winners: Map<string, ModelWinner>;
  /** Settled payments. */
  readonly payments: Set<string>;
  /** The first ticket of each attempt with a key. */
  readonly attempts: Map<string, string>;
  /** Keys of the restocks done. */
  readonly restocks: Set<string>;
  /** Refunds for which units were returned. */
  readonly returns: Set<string>;
  readonly holdTimes: HoldTimes;
}

/**
 * The rules of a shard, without Redis and Postgres: what the property test compares the scripts
 * with, and what replays the log (I10). Each operation returns the resulting journal entry, or
 * undefined when nothing happens.
 */
export class ShardModel {
  readonly sales = new Map<string, ModelSale>();
  readonly #uids = new Set<string>();
  readonly #cancels = new Set<string>();
  decided = 0;
  seq = 0;

  load(entry: LoadEntry): LoadEntry | undefined {
    if (this.sales.has(entry.sale)) return undefined;
    this.sales.set(entry.sale, {
      starts: entry.starts,
      ends: entry.ends,
      limit: entry.limit,
      holdLimit: entry.holdLimit ?? null,
      closed: false,
      missing: 'nothing',
      line: 0,
      waitlist: entry.waitlist ?? 0,
      mayDismiss: entry.waits === undefined,
      offering: false,
      waiting: new WaitingTickets(),
      stock: entry.stock.map((available) => ({ available, held: 0, sold: 0 })),
      units: new Map(),
      claims: new Map(),
      holds: new Map(),
      winners: new Map(),
      payments: new Set(),
      attempts: new Map(),
      restocks: new Set(),
      returns: new Set(),
      holdTimes: new HoldTimes(),
    });
    return this.#journal(entry);
  }

  /** A buyer asks to leave the line; takes effect only while the ticket is undecided. */
  requestCancel(sale: string, ref: TicketRef): boolean {
    if (this.#uids.has(ref.uid)) return false;
    const first = this.#whole(sale).attempts.get(ref.key);
    if (ref.key !== '' && first !== undefined && parseRef(first).items === ref.items) return false;
    this.#cancels.add(identityOf(ref));
    if (ref.key !== '') this.#cancels.add(`${ref.key}.${ref.items}`);
    return true;
  }

  /**
   * I2: only the job right after the last decided one is decided; others change nothing.
   *
   * @param logged the outcomes in the log, for sales loaded under the earlier rule
   */
  decide(job: number, batch: Batch, logged = ''): DecideEntry | SkipEntry | undefined {
    if (job !== this.decided + 1) return undefined;
    if (this.#uids.has(batch.uid)) return this.skip(job, 'copy');
    this.decided = job;
    this.#uids.add(batch.uid);
    const sale = this.#whole(batch.sale);
    const { line } = sale;
    const seq = this.seq + 1;
    const refs: Record<string, string> = {};
    let out = '';
    for (const [index, [buyer, , , origin]] of batch.t.entries()) {
      const ref = ticketAt({ batch, job }, index);
      const wasDismissed = sale.mayDismiss && logged[index] === 'S';
      const ticket = { buyer, ref, origin, wasDismissed };
      const [letter, other] = this.#decideTicket(sale, batch.at, seq, ticket);
      out += letter;
      if (other !== undefined) refs[index] = other;
    }
    const withRefs = Object.keys(refs).length > 0 ? { refs } : {};
    return this.#journal({ k: 'decide', job, line, out, ...withRefs, batch });
  }

  /** A job that decides nothing. */
  skip(job: number, why: SkipReason): SkipEntry | undefined {
    if (job !== this.decided + 1) return undefined;
    this.decided = job;
    return this.#journal({ k: 'skip', job, why });
  }

  /**
   * I7: ends the hold that entry `hold` made, once. Its units are offered to the waitlist.
   *
   * @param max tickets to take off the waitlist at most
   */
  release(entry: ReleaseEntry, max: number): ReleaseEntry | undefined {
    const sale = this.#sale(entry.sale);
    const hold = sale.holds.get(entry.ticket);
    if (hold === undefined || hold.seq !== entry.hold) return undefined;
    sale.holds.delete(entry.ticket);
    const items = parseItems(hold.ref.items);
    for (const { index, quantity } of items) {
      const stock = stockAt(sale, index);
      stock.held -= quantity;
      stock.available += quantity;
    }
    sale.units.set(hold.buyer, (sale.units.get(hold.buyer) ?? 0) - unitsOf(items));
    if (sale.claims.get(hold.buyer) === formatRef(hold.ref)) sale.claims.delete(hold.buyer);
    const { k, sale: id, ticket, hold: seq, cause } = entry;
    const offers = this.#offer(sale, max, entry.at);
    return this.#journal({ k, sale: id, ticket, hold: seq, cause, ...offers });
  }

  /** I8: settles a captured payment, once. */
  pay({ sale: id, ticket, payment, matches, gone }: Payment): PayEntry | undefined {
    const sale = this.#sale(id);
    const winner = sale.winners.get(ticket);
    if (winner === undefined) throw new Error(`ticket ${ticket} never held anything`);
    if (sale.payments.has(payment)) return undefined;
    const hold = sale.holds.get(ticket);
    const [out, reason] = paymentOutcome(sale, winner, matches, hold !== undefined);
    if (out === 'retaken' && sale.offering) return undefined;
    sale.payments.add(payment);
    const entry = { k: 'pay' as const, sale: id, ticket, payment, out };
    if (reason !== undefined) return this.#journal({ ...entry, reason });
    const items = parseItems(winner.ref.items);
    for (const { index, quantity } of items) {
      const stock = stockAt(sale, index);
      stock[out === 'paid' ? 'held' : 'available'] -= quantity;
      stock.sold += quantity;
    }
    winner.state = 'paid';
    if (hold === undefined) {
      sale.units.set(winner.buyer, (sale.units.get(winner.buyer) ?? 0) + unitsOf(items));
    } else {
      endHold(sale, ticket, hold);
    }
    return this.#journal({
      ...entry,
      ...(hold === undefined ? {} : { hold: hold.seq }),
      ...this.#dismiss(sale, gone),
    });
  }

  /** I7: sells the hold that entry `hold` made, once; its order costs nothing. */
  confirm({ k, sale: id, ticket, hold: seq }: ConfirmEntry): ConfirmEntry | undefined {
    const sale = this.#sale(id);
    const hold = sale.holds.get(ticket);
    const winner = sale.winners.get(ticket);
    if (hold === undefined || winner === undefined || hold.seq !== seq) return undefined;
    for (const { index, quantity } of parseItems(hold.ref.items)) {
      const stock = stockAt(sale, index);
      stock.held -= quantity;
      stock.sold += quantity;
    }
    winner.state = 'paid';
    endHold(sale, ticket, hold);
    return this.#journal({ k, sale: id, ticket, hold: seq });
  }

  /** Returns the units of a paid ticket, once. */
  refund(entry: RefundEntry, max: number): RefundEntry | undefined {
    const sale = this.#sale(entry.sale);
    const winner = sale.winners.get(entry.ticket);
    if (winner?.state !== 'paid') return undefined;
    winner.state = 'refunded';
    const items = winner.left;
    for (const { index, quantity } of items) {
      const stock = stockAt(sale, index);
      stock.sold -= quantity;
      if (entry.restock) stock.available += quantity;
    }
    sale.units.set(winner.buyer, (sale.units.get(winner.buyer) ?? 0) - unitsOf(items));
    const { k, sale: id, ticket, restock } = entry;
    const offers = restock ? this.#offer(sale, max, entry.at) : {};
    return this.#journal({ k, sale: id, ticket, restock, ...offers });
  }

  /** Returns some units of a paid ticket, once per refund. */
  returnSome(entry: ReturnEntry, max: number): ReturnEntry | undefined {
    const sale = this.#sale(entry.sale);
    const winner = sale.winners.get(entry.ticket);
    if (sale.returns.has(entry.refund) || winner?.state !== 'paid') return undefined;
    const items = parseItems(entry.items);
    const left = withoutItems(winner.left, items);
    if (left === undefined) return undefined;
    winner.left = left;
    sale.returns.add(entry.refund);
    for (const { index, quantity } of items) {
      const stock = stockAt(sale, index);
      stock.sold -= quantity;
      if (entry.restock) stock.available += quantity;
    }
    sale.units.set(winner.buyer, (sale.units.get(winner.buyer) ?? 0) - unitsOf(items));
    const { k, sale: id, ticket, refund, items: text, restock } = entry;
    const offers = restock ? this.#offer(sale, max, entry.at) : {};
    return this.#journal({ k, sale: id, ticket, refund, items: text, restock, ...offers });
  }

  /** Continues offering where a call had to stop. */
  offer(entry: OfferEntry, max: number): OfferEntry | undefined {
    const sale = this.#sale(entry.sale);
    if (!sale.offering) return undefined;
    return this.#journal({ k: 'offer', sale: entry.sale, ...this.#offer(sale, max, entry.at) });
  }

  leave(entry: LeaveEntry): LeaveEntry | undefined {
    const sale = this.#sale(entry.sale);
    if (!sale.waiting.remove(entry.line)) return undefined;
    return this.#journal(entry);
  }

  close(entry: CloseEntry): CloseEntry | undefined {
    const sale = this.#sale(entry.sale);
    if (sale.closed) return undefined;
    sale.closed = true;
    sale.waiting.clear();
    sale.offering = false;
    return this.#journal(entry);
  }

  /** A sale of which nothing can change by itself leaves Redis. */
  archive(entry: ArchiveEntry): ArchiveEntry | undefined {
    const sale = this.#known(entry.sale);
    const { closed: isClosed, holds, waiting } = sale;
    const facts = { isClosed, holds: holds.size, waiting: waiting.size };
    if (sale.missing === 'claims' || !isArchivable(facts)) return undefined;
    sale.missing = 'claims';
    return this.#journal(entry);
  }

  /** What Redis does not have of a sale comes back, in two steps. */
  restore(entry: RestoreEntry): RestoreEntry | undefined {
    const sale = this.#known(entry.sale);
    if (sale.missing !== entry.what) return undefined;
    sale.missing = entry.what === 'claims' ? 'tickets' : 'nothing';
    return this.#journal(entry);
  }

  edit(entry: EditEntry): EditEntry | undefined {
    const sale = this.#sale(entry.sale);
    const { starts = sale.starts, ends = sale.ends, limit = sale.limit } = entry.set;
    const { holdLimit = sale.holdLimit } = entry.set;
    if (sale.closed || starts >= ends) return undefined;
    Object.assign(sale, { starts, ends, limit, holdLimit });
    return this.#journal(entry);
  }

  addProduct(entry: ProductEntry): ProductEntry | undefined {
    const sale = this.#sale(entry.sale);
    if (sale.closed || sale.stock.length >= MAX_PRODUCTS) return undefined;
    sale.stock.push({ available: entry.product.stock, held: 0, sold: 0 });
    return this.#journal({ ...entry, index: sale.stock.length - 1 });
  }

  restock(entry: RestockEntry, max: number): RestockEntry | undefined {
    const sale = this.#sale(entry.sale);
    const stock = stockAt(sale, entry.index);
    const { available, held, sold } = stock;
    if (sale.restocks.has(entry.key) || available + entry.delta < 0) return undefined;
    if (available + held + sold + entry.delta > MAX_STOCK) return undefined;
    stock.available += entry.delta;
    sale.restocks.add(entry.key);
    const { k, sale: id, index, delta, key } = entry;
    return this.#journal({
      ...{ k, sale: id, index, delta, key },
      ...this.#dismiss(sale, entry.gone),
      ...this.#offer(sale, max, entry.at),
    });
  }

  /**
   * Offers what is available to the waitlist, in line order.
   *
   * @param at when, in ms
   */
  #offer(sale: ModelSale, max: number, at = 0): Offers {
    const available = sale.stock.map((stock) => stock.available);
    const mayHave = ({ buyer, items, origin }: ModelWaiting) => {
      const units = (sale.units.get(buyer) ?? 0) + unitsOf(parseItems(items));
      // I6
      if (units > sale.limit || sale.holdTimes.isOver(origin, at, sale.holdLimit)) return false;
      sale.holdTimes.add(origin, at);
      return true;
    };
    const { offers, over, passed, more } = settle(sale.waiting, available, mayHave, max);
    for (const { buyer, ref } of offers) this.#hold(sale, this.seq + 1, buyer, ref);
    sale.offering = more;
    const lines = (tickets: readonly Waiting[]) => tickets.map(({ line }) => line);
    return {
      ...(offers.length > 0 ? { offers: lines(offers) } : {}),
      ...(over.length > 0 ? { over: lines(over) } : {}),
      ...(passed.length > 0 ? { passed } : {}),
      ...(more ? { more } : {}),
      ...([...offers, ...over].some(({ origin }) => origin !== undefined) ? { at } : {}),
    };
  }

  /**
   * The earlier rule, where the log followed it: ends the waiting for units that are neither
   * available nor held. Returns the items concerned, in the order of Redis.
   */
  #dismiss(sale: ModelSale, logged: Dismissal['gone']): Dismissal {
    if (logged === undefined || !sale.mayDismiss) return {};
    const waiting = [...sale.waiting];
    const gone = new Set(
      waiting.map(({ items }) => items).filter((items) => !isUnpaid(sale, items)),
    );
    for (const { line, items } of waiting) if (gone.has(items)) sale.waiting.remove(line);
    return { gone: [...gone].sort((a, b) => (`${a}|` < `${b}|` ? -1 : 1)) };
  }

  #hold(sale: ModelSale, seq: number, buyer: string, ref: TicketRef): void {
    const items = parseItems(ref.items);
    for (const { index, quantity } of items) {
      const stock = stockAt(sale, index);
      stock.available -= quantity;
      stock.held += quantity;
    }
    sale.units.set(buyer, (sale.units.get(buyer) ?? 0) + unitsOf(items));
    sale.claims.set(buyer, formatRef(ref));
    sale.holds.set(identityOf(ref), { seq, ref, buyer });
    sale.winners.set(identityOf(ref), { ref, buyer, state: 'unpaid', left: items });
  }

  #decideTicket(
    sale: ModelSale,
    at: number,
    seq: number,
    { buyer, ref, origin, wasDismissed }: ModelTicket,
  ): [letter: OutcomeLetter, other?: string] {
    const first = ref.key === '' ? undefined : sale.attempts.get(ref.key);
    if (first !== undefined && parseRef(first).items === ref.items) return ['R', first];
    sale.line++;
    if (ref.key !== '' && first === undefined) sale.attempts.set(ref.key, formatRef(ref));

    const items = parseItems(ref.items);
    const units = unitsOf(items);
    if (this.#isCancelled(ref, first)) return ['C'];
    if (sale.closed || at < sale.starts || at >= sale.ends) return ['X'];
    if (items.some(({ index }) => sale.stock[index] === undefined)) return ['U'];
    if (items.some(({ quantity }) => quantity < 1)) return ['Q'];
    if (first !== undefined) return ['D', first];
    const waiting = sale.waiting.of(buyer);
    const claim = waiting === undefined ? sale.claims.get(buyer) : formatRef(waiting.ref);
    if (claim !== undefined) return ['D', claim]; // I6
    const had = sale.units.get(buyer) ?? 0;
    if (had + units > sale.limit) return ['L']; // I6
    if (sale.holdTimes.isOver(origin, at, sale.holdLimit)) return ['M'];
    const isThere = fits(items, (index) => stockAt(sale, index).available);
    if (isThere && !sale.offering) {
      this.#hold(sale, seq, buyer, ref);
      sale.holdTimes.add(origin, at);
      return ['H'];
    }
    const isFull = sale.waiting.size >= sale.waitlist && !isThere;
    if (isFull || (wasDismissed && !isUnpaid(sale, ref.items))) return ['S'];
    sale.waiting.add({ line: sale.line, buyer, items: ref.items, ref, origin });
    return ['W'];
  }

  /** A cancel is requested for the ticket, or for the attempt that it is the first of. */
  #isCancelled(ref: TicketRef, first: string | undefined): boolean {
    if (this.#cancels.has(identityOf(ref))) return true;
    return ref.key !== '' && first === undefined && this.#cancels.has(`${ref.key}.${ref.items}`);
  }

  #known(id: string): ModelSale {
    const sale = this.sales.get(id);
    if (sale === undefined) throw new Error(`sale ${id} is not loaded`);
    return sale;
  }

  /** A sale that is not archived: nothing else of one changes. */
  #sale(id: string): ModelSale {
    const sale = this.#known(id);
    if (sale.missing === 'claims') throw new Error(`sale ${id} is archived`);
    return sale;
  }

  /** A sale with the attempts and outcomes of its tickets. */
  #whole(id: string): ModelSale {
    const sale = this.#sale(id);
    if (sale.missing !== 'nothing') throw new Error(`sale ${id} is there without its tickets`);
    return sale;
  }

  #journal<E extends Entry>(entry: E): E {
    this.seq++;
    return entry;
  }
}

/** A hold that was sold is gone, and so is the claim that it was. */
function endHold(sale: ModelSale, ticket: string, { buyer, ref }: ModelHold): void {
  sale.holds.delete(ticket);
  if (sale.claims.get(buyer) === formatRef(ref)) sale.claims.delete(buyer);
}

/** The outcome of a captured payment, with the reason if it is refunded. */
function paymentOutcome(
  sale: ModelSale,
  { ref, buyer, state }: ModelWinner,
  matches: boolean,
  isHeld: boolean,
): ['paid' | 'retaken'] | ['refund', AutomaticRefundReason] {
  if (!matches) return ['refund', 'wrong_amount'];
  if (state !== 'unpaid') return ['refund', 'surplus'];
  if (isHeld) return ['paid'];
  const items = parseItems(ref.items);
  if ((sale.units.get(buyer) ?? 0) + unitsOf(items) > sale.limit)
    return ['refund', 'limit_reached'];
  const isThere = fits(items, (index) => stockAt(sale, index).available);
  return isThere ? ['retaken'] : ['refund', 'sold_out'];
}

/** Whether enough units for the items are available or held. */
function isUnpaid(sale: ModelSale, items: string): boolean {
  return fits(parseItems(items), (index) => {
    const { available, held } = stockAt(sale, index);
    return available + held;
  });
}

function stockAt(sale: ModelSale, index: number): ModelStock {
  const stock = sale.stock[index];
  if (stock === undefined) throw new Error(`there is no product ${index}`);
  return stock;
}
