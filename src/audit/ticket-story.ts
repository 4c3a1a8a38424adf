import {
  type AuditedEntry,
  type AuditedSale,
  readAuditedLog,
  readAuditedSale,
} from '../db/audit-reads.ts';
import { type Db, inSnapshot, type Tx } from '../db/client.ts';
import { findBatch } from '../db/log.ts';
import { findOrders, type OrderRecord } from '../db/orders.ts';
import { findLeaves } from '../db/public-logs.ts';
import { type DecideEntry, type Entry, isOffering, ticketAt } from '../domain/entry.ts';
import { parseItems } from '../domain/items.ts';
import { nameOf, outcomeOf } from '../domain/outcome.ts';
import { fits } from '../domain/waitlist.ts';
import { LogCheck, ReplayCheck } from './check-log.ts';
import { takeEntry } from './effects.ts';
import { describeEntry, describeItems } from './entry-words.ts';
import { ExpectedSale, type Units } from './expected-sale.ts';
import { counted } from './part.ts';

/** Changes before its turn that are listed. */
const LISTED = 20;

/** What became of a ticket, and why. */
interface Story {
  readonly text: string;
  /** The rules give everything that the log has of the sale. */
  readonly isSound: boolean;
}

/**
 * Explains a ticket: everything that bears on its outcome, in order, with times.
 *
 * @param identity `uid.index`
 * @returns undefined when the sale has decided no such ticket
 */
export function storyOf(db: Db, sale: string, identity: string): Promise<Story | undefined> {
  return inSnapshot(db, async (tx) => {
    const [uid = '', text] = identity.split('.');
    const decided = await findBatch(tx, uid);
    const audited = await readAuditedSale(tx, sale);
    const index = Number(text);
    if (decided === undefined || audited === undefined) return undefined;
    if (decided.entry.batch.sale !== sale || index >= decided.entry.out.length) return undefined;
    return new TicketStory(tx, audited, { ...decided, index, identity }).tell();
  });
}

/** A ticket, by the entry that decided it. */
interface Told {
  readonly seq: number;
  readonly entry: DecideEntry;
  readonly index: number;
  readonly identity: string;
}

class TicketStory {
  readonly #tx: Tx;
  readonly #sale: AuditedSale;
  readonly #ticket: Told;
  readonly #buyer: string;
  readonly #items: ReturnType<typeof parseItems>;
  readonly #lines: string[] = [];
  readonly #rules = new ReplayCheck();
  readonly #expected = new ExpectedSale(() => undefined); // the audit tells them
  /** Changes since it was accepted, before its turn. */
  readonly #changes: string[] = [];
  /** Tickets of its buyer that were decided before it. */
  readonly #others: string[] = [];
  #lineNumber = 0;
  /** The entry since which too little was available for it, and its line number. */
  #shortSince: { readonly seq: number; readonly at: Date; readonly line: number } | undefined;
  #offersToOthers = 0;

  constructor(tx: Tx, sale: AuditedSale, ticket: Told) {
    this.#tx = tx;
    this.#sale = sale;
    this.#ticket = ticket;
    const [buyer = '', items = ''] = ticket.entry.batch.t[ticket.index] ?? [];
    this.#buyer = buyer;
    this.#items = parseItems(items);
  }

  async tell(): Promise<Story> {
    const { id, name } = this.#sale;
    const { identity, entry, index } = this.#ticket;
    const { position, job } = ticketAt(entry, index);
    const wish = describeItems(this.#items, this.#sale.products);
    this.#lines.push(`Ticket ${identity} of sale ${id}, "${name}": it wants ${wish}.`, '');
    const place = `place ${index + 1} of ${entry.batch.t.length} in job ${job}`;
    this.#add(new Date(entry.batch.at), `accepted as position ${position}, ${place}`);
    const log = new LogCheck();
    for await (const rows of readAuditedLog(this.#tx, id)) {
      for (const row of rows) {
        const taken = log.take(row, id);
        if (taken !== undefined) this.#take(row, taken);
      }
    }
    await this.#tellToday();
    const { difference } = this.#rules.part;
    const verdict =
      difference === undefined
        ? 'The rules, replayed from the log, give the same for every ticket of the sale.'
        : `The log is not what the rules give: ${difference}`;
    this.#lines.push('', verdict, '');
    return { text: this.#lines.join('\n'), isSound: difference === undefined };
  }

  #add(at: Date, text: string): void {
    this.#lines.push(`${at.toISOString()}  ${text}`);
  }

  #more(text: string): void {
    this.#lines.push(`${' '.repeat(26)}${text}`);
  }

  #take(row: AuditedEntry, entry: Entry): void {
    const { seq, recorded_at: at } = row;
    const isIts = seq === this.#ticket.seq;
    if (isIts) this.#tellTurn(at);
    this.#rules.take(seq, entry);
    takeEntry(this.#expected, seq, entry);
    if (isIts) {
      this.#tellOutcome();
      return;
    }
    if (seq < this.#ticket.seq) this.#takeBefore(row, entry);
    else this.#takeAfter(row, entry);
  }

  #takeBefore({ seq, recorded_at: at }: AuditedEntry, entry: Entry): void {
    const { line, stock } = this.#expected;
    for (const ticket of this.#expected.tickets) {
      if (ticket.buyer === this.#buyer) {
        this.#others.push(`line number ${ticket.line} (${ticket.outcome})`);
      }
    }
    if (!this.#fits(stock)) this.#shortSince ??= { seq, at, line };
    else this.#shortSince = undefined;
    if (entry.k === 'decide' || at.getTime() < this.#ticket.entry.batch.at) return;
    const words = describeEntry(entry, this.#expected);
    if (words !== undefined) {
      this.#changes.push(`${at.toISOString()}  entry ${seq}: ${words}`);
    }
  }

  #fits(stock: readonly Units[]): boolean {
    return fits(this.#items, (index) => stock[index]?.available ?? 0);
  }

  /** What it found at its turn: only those before it in its batch have changed it since. */
  #tellTurn(at: Date): void {
    const { entry, index } = this.#ticket;
    const { settings, live, units, waiting, isOffering: isBusy } = this.#expected;
    const stock = this.#expected.stock.map((product) => ({ ...product }));
    let [own, claim] = [units.get(this.#buyer) ?? 0, live.get(this.#buyer)];
    let line = entry.line;
    for (const [i, letter] of [...entry.out].slice(0, index).entries()) {
      if (letter !== 'R') line++;
      const [buyer, items = ''] = entry.batch.t[i] ?? [];
      const isOwn = buyer === this.#buyer;
      if (isOwn) this.#others.push(`line number ${line} (in the same batch)`);
      if (isOwn && (letter === 'H' || letter === 'W')) claim = `${entry.batch.uid}.${i}`;
      if (letter !== 'H') continue;
      for (const item of parseItems(items)) {
        const product = stock[item.index];
        if (product !== undefined) product.available -= item.quantity;
        if (isOwn) own += item.quantity;
      }
    }
    this.#lineNumber = line + 1;
    this.#tellChanges();
    this.#add(at, `its turn: entry ${this.#ticket.seq}, behind line number ${line}`);
    for (const { index: product, quantity } of this.#items) {
      const { available = 0, held = 0, sold = 0 } = stock[product] ?? {};
      const name = this.#sale.products.find((one) => one.index === product)?.name;
      const total = available + (stock[product] === undefined ? 0 : held + sold);
      const found = `${counted(available, 'unit')} of "${name}" available`;
      this.#more(`${found}, it wants ${quantity} (held or sold of ${total}: the rest)`);
    }
    if (!this.#fits(stock)) this.#tellSince();
    if (isBusy) this.#more('units were being offered to the waitlist: newcomers wait behind it');
    if (waiting.size > 0) this.#more(`${counted(waiting.size, 'ticket')} waited before it`);
    this.#more(
      `its buyer had ${claim === undefined ? 'no claim' : `a live claim, ticket ${claim}`} and ` +
        `${counted(own, 'unit')}; the limit was ${settings.limit}`,
    );
    if (settings.holdLimit != null) {
      const { count, windowMs } = settings.holdLimit;
      this.#more(`holds from one origin were limited to ${count} in ${windowMs / 1_000} s`);
    }
    const others = this.#others.length === 0 ? 'none' : this.#others.join(', ');
    this.#more(`earlier tickets of its buyer: ${others}`);
  }

  #tellChanges(): void {
    const left = this.#changes.length - LISTED;
    if (left > 0) this.#more(`${counted(left, 'change')} before those that follow`);
    this.#lines.push(...this.#changes.slice(-LISTED));
  }

  #tellSince(): void {
    const since = this.#shortSince;
    if (since === undefined) {
      this.#more('those before it in its batch took the last');
      return;
    }
    const when = `since entry ${since.seq} (${since.at.toISOString()})`;
    this.#more(`too little for it ${when}, which ended at line number ${since.line}`);
  }

  #tellOutcome(): void {
    const { entry, index } = this.#ticket;
    const outcome = outcomeOf(entry.out[index] ?? '');
    const other = entry.refs?.[index]?.split('.').slice(0, 2).join('.');
    if (outcome === undefined) {
      this.#more(`a repeat of ticket ${other}, with its key: what became of that is its outcome`);
      return;
    }
    const because = other === undefined ? '' : `, because of ticket ${other}`;
    this.#more(`decided as line number ${this.#lineNumber}: ${nameOf(outcome)}${because}`);
  }

  #takeAfter({ seq, recorded_at: at }: AuditedEntry, entry: Entry): void {
    const { identity } = this.#ticket;
    const line = this.#lineNumber;
    const place = this.#expected.places.get(line);
    if (isOffering(entry)) {
      const { offers = [], over = [], passed = [] } = entry;
      if (place?.status === 'waitlisted') this.#offersToOthers += offers.length;
      if (place?.identity === identity) {
        if (offers.includes(line))
          this.#addAfter(seq, at, 'it was offered its units, and holds them');
        if (over.includes(line))
          this.#addAfter(seq, at, 'it was its turn, but its limit was reached');
        if (passed.includes(line))
          this.#addAfter(seq, at, 'passed over: too little was there for it');
      }
    }
    if (place?.identity === identity && place.seq === seq && !isOffering(entry)) {
      this.#addAfter(seq, at, `its waiting ended (${entry.k}): ${place.status}`);
    }
    if (!('ticket' in entry) || entry.ticket !== identity) return;
    const words = describeEntry(entry, this.#expected);
    if (words !== undefined) this.#addAfter(seq, at, words);
  }

  #addAfter(seq: number, at: Date, text: string): void {
    this.#add(at, `entry ${seq}: ${text}`);
  }

  /** What is known beside the log: its payments, and where the public log has it. */
  async #tellToday(): Promise<void> {
    const { seq, identity } = this.#ticket;
    if (this.#offersToOthers > 0) {
      this.#lines.push(
        `While it waited, ${counted(this.#offersToOthers, 'offer')} went to others.`,
      );
    }
    const [order] = await findOrders(this.#tx, { identities: [identity] }, 1);
    if (order !== undefined) this.#lines.push('', ...describeOrder(order));
    const { id: sale, publicLog } = this.#sale;
    if (publicLog === undefined) return;
    const leaves = await findLeaves(this.#tx, { sale, number: publicLog.number }, seq);
    const where = leaves.map(({ index }) => index).join(', ');
    this.#lines.push(
      '',
      where === '' ? 'Not in the public log yet.' : `In the public log: leaf ${where}.`,
    );
  }
}

function describeOrder({
  id,
  status,
  amount,
  currency,
  payments,
  ...order
}: OrderRecord): string[] {
  const until = `its hold ended or ends at ${order.hold_expires_at.toISOString()}`;
  return [
    `Order ${id}: ${status}, ${amount} ${currency} in minor units, ${until}.`,
    ...payments.map((payment) => {
      const refunds = payment.refunds.map(
        (refund) =>
          `; refund of ${refund.amount} (${refund.reason}) ${refund.status}, ` +
          refund.created_at.toISOString(),
      );
      const outcome = payment.outcome === null ? '' : `, ${payment.outcome}`;
      return `Payment ${payment.id}: ${payment.status}${outcome}${refunds.join('')}.`;
    }),
  ];
}
