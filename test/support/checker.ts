import { sql } from 'kysely';
import type { Db } from '../../src/db/client.ts';
import { readLogHead } from '../../src/db/log-head.ts';
import {
  type ConfirmEntry,
  type DecideEntry,
  type Entry,
  isOffering,
  LOST_JUMP,
  type LoadEntry,
  type Offers,
  type PayEntry,
  type RefundEntry,
  type RestockEntry,
  type ReturnEntry,
  type Sequenced,
} from '../../src/domain/entry.ts';
import { parseItems, unitsOf } from '../../src/domain/items.ts';
import { replay } from '../../src/domain/replay.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { ShardKeys } from '../../src/redis/keys.ts';
import { addUnits, archivedTooSoon, type CheckedSale, fitsStock, newSale } from './checked-sale.ts';
import { checkMessages } from './messages.ts';

/**
 * Checks the entries of a shard from the first one on, without the rules of the model: only by what
 * the invariants promise. Returns the violations, each named by its invariant; I10 is covered by
 * the replay.
 */
export function checkEntries(entries: readonly Sequenced[]): string[] {
  const check = new EntryCheck();
  for (const sequenced of entries) check.take(sequenced);
  const { mismatch } = replay(entries);
  if (mismatch !== undefined) check.broken.push(`I10: entry ${mismatch.seq} does not replay`);
  return check.broken;
}

class EntryCheck {
  readonly broken: string[] = [];
  readonly #sales = new Map<string, CheckedSale>();
  readonly #tickets = new Set<string>();
  readonly #jobs = new Set<number>();
  readonly #holds = new Map<string, { seq: number; buyer: string; items: string; sale: string }>();
  /** All tickets that ever held units. */
  readonly #winners = new Map<string, { buyer: string; items: string }>();
  readonly #paid = new Map<string, 'paid' | 'refunded'>();
  readonly #payments = new Set<string>();
  /** Units that were given back of paid tickets, as `ticket index`. */
  readonly #returned = new Map<string, number>();
  readonly #returns = new Set<string>();
  #job: number | undefined;
  #seq = 0;

  take({ seq, entry }: Sequenced): void {
    if (seq !== this.#seq + 1) this.broken.push(`I10: entry ${seq} follows ${this.#seq}`);
    this.#seq = seq;
    if (entry.k === 'decide' || entry.k === 'skip') this.#takeJob(entry.job);
    if (entry.k === 'load') this.#load(entry);
    if (entry.k === 'decide') this.#decide(seq, entry);
    if (entry.k === 'release') this.#release(entry.ticket, entry.hold, seq);
    if (entry.k === 'pay') this.#pay(seq, entry);
    if (entry.k === 'confirm') this.#confirm(seq, entry);
    if (entry.k === 'refund') this.#refund(seq, entry);
    if (entry.k === 'return') this.#return(seq, entry);
    if (entry.k === 'archive') this.broken.push(...archivedTooSoon(seq, this.#sale(entry.sale)));
    if (entry.k === 'leave') this.#endWaiting(this.#sale(entry.sale), entry.line, seq);
    if (entry.k === 'close') {
      this.#sale(entry.sale).isClosed = true;
      this.#endAll(this.#sale(entry.sale), () => true);
    }
    if (entry.k === 'restock' || entry.k === 'pay') this.#dismiss(seq, entry);
    if (entry.k === 'restock') addUnits(this.#sale(entry.sale), entry.index, entry.delta);
    if (isOffering(entry)) this.#offer(seq, entry.sale, entry);
    if (entry.k === 'product') this.#sale(entry.sale).available.push(entry.product.stock);
    if (entry.k === 'edit') {
      const sale = this.#sale(entry.sale);
      sale.limit = entry.set.limit ?? sale.limit;
      if (entry.set.holdLimit !== undefined) sale.holdLimit = entry.set.holdLimit;
    }
  }

  #takeJob(job: number): void {
    if (this.#jobs.has(job)) this.broken.push(`I3: job ${job} is decided twice`);
    else if (this.#job !== undefined && job !== this.#job + 1 && job <= this.#job + LOST_JUMP) {
      this.broken.push(`I2: job ${job} follows ${this.#job}`);
    }
    this.#jobs.add(job);
    this.#job = job;
  }

  #load(entry: LoadEntry): void {
    this.#sales.set(entry.sale, newSale(entry));
  }

  #decide(seq: number, { batch, line, out }: DecideEntry): void {
    const sale = this.#sale(batch.sale);
    if (line !== sale.line) this.broken.push(`I2: ${line} follows line number ${sale.line}`);
    for (const [index, [buyer, items, , origin]] of batch.t.entries()) {
      const ticket = `${batch.uid}.${index}`;
      if (this.#tickets.has(ticket)) this.broken.push(`I3: ${ticket} is decided twice`);
      this.#tickets.add(ticket);
      const letter = out[index];
      if (letter !== 'R') sale.line++;
      if (letter === 'H') {
        this.#checkOvertaking(sale, ticket, sale.line);
        this.#countHold(sale, ticket, origin, batch.at);
        this.#hold(seq, batch.sale, ticket, buyer, items);
      }
      if (letter === 'W') this.#wait(sale, ticket, buyer, items, origin);
      if (letter === 'S') this.#checkSoldOut(sale, ticket, buyer, items);
    }
  }

  /** I2: what is there is not sold out, nor is a sale whose waitlist has room. */
  #checkSoldOut(sale: CheckedSale, ticket: string, buyer: string, items: string): void {
    if (this.#fits(sale, buyer, items)) this.broken.push(`I2: ${ticket} was passed over`);
    if (sale.waitsToEnd && sale.waiting.size < sale.waitlist) {
      this.broken.push(`I2: ${ticket} was dismissed, though the waitlist has room`);
    }
  }

  #hold(seq: number, saleId: string, ticket: string, buyer: string, items: string): void {
    const sale = this.#sale(saleId);
    for (const { index, quantity } of parseItems(items)) {
      if (addUnits(sale, index, -quantity) < 0)
        this.broken.push(`I1: ${ticket} took what is not there`);
    }
    const units = (sale.units.get(buyer) ?? 0) + unitsOf(parseItems(items));
    if (units > sale.limit) this.broken.push(`I6: ${buyer} has ${units} of ${sale.limit}`);
    if (sale.live.has(buyer)) this.broken.push(`I6: ${buyer} has a second claim`);
    sale.units.set(buyer, units);
    sale.live.set(buyer, ticket);
    this.#holds.set(ticket, { seq, buyer, items, sale: saleId });
    this.#winners.set(ticket, { buyer, items });
  }

  /** At most this many holds per origin within any window that ends with one of them. */
  #countHold(sale: CheckedSale, ticket: string, origin: string | undefined, at: number): void {
    for (const hash of origin?.split(',') ?? []) {
      const times = [...(sale.holdTimes.get(hash) ?? []), at];
      sale.holdTimes.set(hash, times);
      if (sale.holdLimit === null) continue;
      const { count, windowMs } = sale.holdLimit;
      const made = times.slice(-21).filter((time) => time > at - windowMs).length;
      if (made > count) this.broken.push(`limit: ${ticket} is hold ${made} of ${hash}`);
    }
  }

  #wait(
    sale: CheckedSale,
    ticket: string,
    buyer: string,
    items: string,
    origin: string | undefined,
  ): void {
    if (sale.live.has(buyer)) this.broken.push(`I6: ${buyer} has a second claim`);
    if (!sale.offering && this.#fits(sale, buyer, items)) {
      this.broken.push(`I2: ${ticket} was passed over`);
    }
    sale.live.set(buyer, ticket);
    sale.waiting.set(sale.line, { ticket, buyer, items, origin });
    if (sale.waiting.size > sale.waitlist && !sale.offering) {
      this.broken.push(`${ticket} exceeds the waitlist`);
    }
  }

  #offer(seq: number, saleId: string, { offers = [], over = [], more, at = 0 }: Offers): void {
    const sale = this.#sale(saleId);
    for (const line of over) this.#endWaiting(sale, line, seq);
    for (const line of offers) {
      const place = sale.waiting.get(line);
      this.#endWaiting(sale, line, seq);
      if (place === undefined) continue;
      this.#checkOvertaking(sale, place.ticket, line);
      this.#countHold(sale, place.ticket, place.origin, at);
      this.#hold(seq, saleId, place.ticket, place.buyer, place.items);
    }
    sale.offering = more === true;
    if (!more) this.#checkOvertaking(sale, `entry ${seq}`, Number.POSITIVE_INFINITY);
  }

  /** I2: no ticket gets units while an earlier one waits for what is available. */
  #checkOvertaking(sale: CheckedSale, who: string, line: number): void {
    for (const [waiting, { ticket, items }] of sale.waiting) {
      if (waiting >= line || !fitsStock(sale, items)) continue;
      this.broken.push(`I2: ${who} overtook ${ticket}, which is waiting`);
    }
  }

  #endWaiting(sale: CheckedSale, line: number, seq: number): void {
    const place = sale.waiting.get(line);
    if (place === undefined) {
      this.broken.push(`I3: entry ${seq} ends the waiting of line number ${line} again`);
      return;
    }
    sale.waiting.delete(line);
    sale.live.delete(place.buyer);
  }

  /** I2: who waits is not dismissed while the sale lasts, except in logs of the earlier rule. */
  #dismiss(seq: number, { sale: id, gone = [] }: RestockEntry | PayEntry): void {
    const sale = this.#sale(id);
    if (gone.length > 0 && sale.waitsToEnd) {
      this.broken.push(`I2: entry ${seq} dismisses who waits`);
    }
    this.#endAll(sale, (items) => gone.includes(items));
  }

  #endAll(sale: CheckedSale, isGone: (items: string) => boolean): void {
    for (const [line, { buyer, items }] of sale.waiting) {
      if (!isGone(items)) continue;
      sale.waiting.delete(line);
      sale.live.delete(buyer);
    }
  }

  #release(ticket: string, hold: number, seq: number): void {
    const held = this.#holds.get(ticket);
    if (held?.seq !== hold) {
      this.broken.push(`I7: entry ${seq} ends a hold of ${ticket} that is not there`);
      return;
    }
    this.#holds.delete(ticket);
    const sale = this.#sale(held.sale);
    const items = parseItems(held.items);
    for (const { index, quantity } of items) addUnits(sale, index, quantity);
    sale.units.set(held.buyer, (sale.units.get(held.buyer) ?? 0) - unitsOf(items));
    if (sale.live.get(held.buyer) === ticket) sale.live.delete(held.buyer);
  }

  /** I8: a payment settles once; I7: a ticket is paid once, and a paid hold has ended. */
  #pay(seq: number, { sale: saleId, ticket, payment, out, hold, reason }: PayEntry): void {
    if (this.#payments.has(payment)) this.broken.push(`I8: ${payment} is settled twice`);
    this.#payments.add(payment);
    if (out === 'refund') {
      if (reason !== 'wrong_amount' && this.#holds.has(ticket)) {
        this.broken.push(`I8: ${payment} goes back, though ${ticket} holds its units`);
      }
      return;
    }
    if (this.#paid.has(ticket)) this.broken.push(`I7: ${ticket} is paid twice`);
    const winner = this.#winners.get(ticket);
    if (winner === undefined) {
      this.broken.push(`I8: ${payment} paid ${ticket}, which never held anything`);
      return;
    }
    this.#paid.set(ticket, 'paid');
    const sale = this.#sale(saleId);
    if (out === 'paid') {
      if (this.#holds.get(ticket)?.seq !== hold) {
        this.broken.push(`I7: entry ${seq} pays a hold of ${ticket} that is not there`);
      }
      this.#holds.delete(ticket);
      if (sale.live.get(winner.buyer) === ticket) sale.live.delete(winner.buyer);
      return;
    }
    if (this.#holds.has(ticket)) this.broken.push(`I7: entry ${seq} takes again what is held`);
    this.#checkOvertaking(sale, ticket, Number.POSITIVE_INFINITY);
    for (const { index, quantity } of parseItems(winner.items)) {
      if (addUnits(sale, index, -quantity) < 0) {
        this.broken.push(`I1: ${ticket} took what is not there again`);
      }
    }
    const units = (sale.units.get(winner.buyer) ?? 0) + unitsOf(parseItems(winner.items));
    if (units > sale.limit) {
      this.broken.push(`I6: ${winner.buyer} has ${units} of ${sale.limit}`);
    }
    sale.units.set(winner.buyer, units);
  }

  /** I7: a confirmed hold has ended, and its ticket is sold once. */
  #confirm(seq: number, { sale: saleId, ticket, hold }: ConfirmEntry): void {
    const held = this.#holds.get(ticket);
    if (held?.seq !== hold) {
      this.broken.push(`I7: entry ${seq} confirms a hold of ${ticket} that is not there`);
    }
    if (this.#paid.has(ticket)) this.broken.push(`I7: ${ticket} is paid twice`);
    this.#holds.delete(ticket);
    this.#paid.set(ticket, 'paid');
    const sale = this.#sale(saleId);
    if (held !== undefined && sale.live.get(held.buyer) === ticket) sale.live.delete(held.buyer);
  }

  #refund(seq: number, { sale: saleId, ticket, restock }: RefundEntry): void {
    const winner = this.#winners.get(ticket);
    if (winner === undefined || this.#paid.get(ticket) !== 'paid') {
      this.broken.push(`I7: entry ${seq} refunds ${ticket}, which is not paid`);
      return;
    }
    this.#paid.set(ticket, 'refunded');
    const sale = this.#sale(saleId);
    const items = parseItems(winner.items).map(({ index, quantity }) => {
      return { index, quantity: quantity - (this.#returned.get(`${ticket} ${index}`) ?? 0) };
    });
    if (restock) for (const { index, quantity } of items) addUnits(sale, index, quantity);
    sale.units.set(winner.buyer, (sale.units.get(winner.buyer) ?? 0) - unitsOf(items));
  }

  /** I7: units are given back once per refund, and never more than were bought. */
  #return(seq: number, { sale: saleId, ticket, refund, items: text, restock }: ReturnEntry): void {
    const winner = this.#winners.get(ticket);
    if (this.#returns.has(refund)) this.broken.push(`I7: entry ${seq} repeats refund ${refund}`);
    this.#returns.add(refund);
    if (winner === undefined || this.#paid.get(ticket) !== 'paid') {
      this.broken.push(`I7: entry ${seq} returns units of ${ticket}, which is not paid`);
      return;
    }
    const sale = this.#sale(saleId);
    const bought = new Map(parseItems(winner.items).map((one) => [one.index, one.quantity]));
    const items = parseItems(text);
    for (const { index, quantity } of items) {
      const returned = (this.#returned.get(`${ticket} ${index}`) ?? 0) + quantity;
      if (returned > (bought.get(index) ?? 0)) {
        this.broken.push(`I7: entry ${seq} returns more of ${ticket} than it has`);
      }
      this.#returned.set(`${ticket} ${index}`, returned);
      if (restock) addUnits(sale, index, quantity);
    }
    sale.units.set(winner.buyer, (sale.units.get(winner.buyer) ?? 0) - unitsOf(items));
  }

  #fits(sale: CheckedSale, buyer: string, items: string): boolean {
    const units = (sale.units.get(buyer) ?? 0) + unitsOf(parseItems(items));
    return !sale.live.has(buyer) && units <= sale.limit && fitsStock(sale, items);
  }

  #sale(id: string): CheckedSale {
    const sale = this.#sales.get(id);
    if (sale === undefined) throw new Error(`sale ${id} was never loaded`);
    return sale;
  }
}

/** The log of a shard. */
export async function readLog(db: Db, shard = 0): Promise<Sequenced[]> {
  const rows = await db
    .selectFrom('log')
    .select(['seq', 'entry'])
    .where('shard', '=', shard)
    .orderBy('seq')
    .execute();
  return rows.map(({ seq, entry }) => ({ seq, entry: JSON.parse(entry) as Entry }));
}

/** Checks the log of a shard, and that everything projected from it adds up. */
export async function checkDatabase(db: Db, shard = 0): Promise<string[]> {
  const broken = checkEntries(await readLog(db, shard));
  const stock = await sql<{ id: string }>`
    select p.id from products p
    left join (select product_id, sum(available) as a, sum(held) as h, sum(sold) as s
      from inventory_ledger group by product_id) l on l.product_id = p.id
    left join (select product_id, sum(quantity) filter (where status = 'held') as h,
        sum(quantity - returned) filter (where status = 'paid') as s
      from order_items join orders on orders.id = order_id group by product_id) o
      on o.product_id = p.id
    join sales on sales.id = p.sale_id
    where shard = ${shard} and last_seq is not null and not (
      p.available >= 0 and p.available + p.held + p.sold = p.total
      and (p.available, p.held, p.sold) = (l.a, l.h, l.s)
      and (p.held, p.sold) = (coalesce(o.h, 0), coalesce(o.s, 0)))`.execute(db);
  broken.push(...stock.rows.map(({ id }) => `I1: the units of product ${id} do not add up`));
  const claims = await sql<{ buyer_id: string }>`
    select buyer_id from orders join sales on sales.id = sale_id
    where shard = ${shard} and status = 'held'
    group by sale_id, buyer_id having count(*) > 1`.execute(db);
  broken.push(...claims.rows.map((row) => `I6: ${row.buyer_id} has two live holds`));
  return [...broken, ...(await checkMessages(db, shard))];
}

/** Checks that everything public in a shard's Redis is in the log. */
export async function checkProgress(
  { redis, db }: { redis: RedisClient; db: Db },
  shard: number,
): Promise<string[]> {
  const seq = Number((await redis.hget(new ShardKeys(shard).progress, 'seq')) ?? 0);
  const head = await readLogHead(db, shard);
  return seq > head.seq ? [`I5: entry ${seq} is public, the log ends at ${head.seq}`] : [];
}
