import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Deadline } from '../../domain/deadline.ts';
import { parseItems } from '../../domain/items.ts';
import { formatRef, identityOf, type TicketRef } from '../../domain/ticket.ts';
import type { Tx } from '../client.ts';
import { emptyCarts, type WonCheckout } from './carts.ts';

/** A ticket that got its units, at its turn or as an offer. */
export interface Winner {
  /** The entry that made the hold. */
  readonly seq: number;
  readonly sale: string;
  readonly buyer: string;
  readonly line: number;
  readonly ref: TicketRef;
  readonly offered: boolean;
  /** Its origin, and when the hold was made, in ms; if holds are counted per origin. */
  readonly counted?: { readonly origin: string; readonly atMs: number } | undefined;
}

/**
 * Projects holds: orders with their items, ledger and counters; what is ordered leaves its buyer's
 * cart.
 *
 * @returns when the holds end, which start now
 * @throws a constraint violation (I1, I6) when they contradict what is recorded
 */
export async function projectHolds(
  tx: Tx,
  shard: number,
  winners: readonly Winner[],
): Promise<Deadline[]> {
  const { orders, items, checkouts } = orderWinners(winners, await readProducts(tx, winners));
  const deadlines = await insertOrders(tx, orders);
  await insertItems(tx, shard, items);
  await countHolds(tx, winners);
  if (checkouts.length > 0) await emptyCarts(tx, checkouts);
  return deadlines;
}

type Product = Awaited<ReturnType<typeof readProducts>>[number];

/** The products of the sales in which the winners won. */
function readProducts(tx: Tx, winners: readonly Winner[]) {
  const sales = [...new Set(winners.map((winner) => winner.sale))];
  return tx
    .selectFrom('products')
    .select(['id', 'sale_id', 'index', 'amount', 'currency'])
    .where('sale_id', 'in', sales)
    .execute();
}

type Order = ReturnType<typeof orderOf>;

function orderOf({ seq, sale, buyer, line, ref, offered }: Winner) {
  const ticket = { identity: identityOf(ref), ref: formatRef(ref) };
  return { id: randomUUID(), sale, ...ticket, buyer, line, seq, offered, amount: 0, currency: '' };
}

interface Item {
  readonly order: string;
  readonly product: string;
  readonly quantity: number;
  readonly amount: number;
  readonly seq: number;
}

/** The orders of winners at current prices, with their items and the units that leave carts. */
function orderWinners(
  winners: readonly Winner[],
  products: readonly Product[],
): { orders: Order[]; items: Item[]; checkouts: WonCheckout[] } {
  const productAt = new Map(
    products.map((product) => [`${product.sale_id} ${product.index}`, product]),
  );
  const orders: Order[] = [];
  const items: Item[] = [];
  const checkouts: WonCheckout[] = [];
  for (const winner of winners) {
    const { seq, sale, ref } = winner;
    const order = orderOf(winner);
    const quantities: Record<string, number> = {};
    for (const { index, quantity } of parseItems(ref.items)) {
      const product = productAt.get(`${sale} ${index}`);
      if (product === undefined) throw new Error(`sale ${sale} has no product ${index} on record`);
      const { id, amount, currency } = product;
      order.amount += amount * quantity;
      order.currency = currency;
      items.push({ order: order.id, product: id, quantity, amount, seq });
      quantities[id] = quantity;
    }
    orders.push(order);
    if (ref.key !== '') checkouts.push({ sale, key: ref.key, items: quantities });
  }
  return { orders, items, checkouts };
}

/** Inserts orders as held, from now on by Postgres's clock; returns when their holds end. */
async function insertOrders(tx: Tx, orders: readonly Order[]): Promise<Deadline[]> {
  const { rows } = await sql<Omit<Deadline, 'atMs'> & { expires: Date }>`
    insert into orders (id, sale_id, ticket_id, ticket_ref, buyer_id, status, line_number, amount,
      currency, hold_seq, offered, hold_expires_at)
    select r.id, r.sale, r.identity, r.ref, r.buyer, 'held', r.line, r.amount, r.currency, r.seq,
      r.offered, clock_timestamp() + interval '1 second' *
        case when r.offered then coalesce(offer_seconds, hold_seconds) else hold_seconds end
    from jsonb_to_recordset(${JSON.stringify(orders)}::jsonb)
      as r(id text, sale text, identity text, ref text, buyer text, line bigint, amount bigint,
        currency text, seq bigint, offered boolean)
    join sales on sales.id = r.sale
    returning sale_id as sale, ticket_id as identity, hold_seq as "holdSeq",
      hold_expires_at as expires`.execute(tx);
  return rows.map(({ expires, ...hold }) => ({ ...hold, atMs: expires.getTime() }));
}

/** Inserts the items of orders, and moves their units from available to held (I1). */
async function insertItems(tx: Tx, shard: number, items: readonly Item[]): Promise<void> {
  const rows = JSON.stringify(items);
  await sql`
    insert into order_items (order_id, product_id, quantity, amount)
    select "order", product, quantity, amount from jsonb_to_recordset(${rows}::jsonb)
      as r("order" text, product text, quantity integer, amount bigint)`.execute(tx);
  await sql`
    insert into inventory_ledger (shard, seq, product_id, cause, order_id, available, held, sold)
    select ${shard}, seq, product, 'held', "order", -quantity, quantity, 0
    from jsonb_to_recordset(${rows}::jsonb)
      as r("order" text, product text, quantity integer, seq bigint)`.execute(tx);
  await sql`
    update products set available = available - r.units, held = held + r.units
    from (select product, sum(quantity)::integer as units
      from jsonb_to_recordset(${rows}::jsonb) as i(product text, quantity integer)
      group by product) r
    where products.id = r.product`.execute(tx);
}

/** Holds that are counted per origin. */
async function countHolds(tx: Tx, winners: readonly Winner[]): Promise<void> {
  const rows = winners.flatMap(({ sale, seq, line, counted }) =>
    counted === undefined ? [] : { sale, seq, line, origin: counted.origin, at: counted.atMs },
  );
  if (rows.length === 0) return;
  await sql`
    insert into counted_holds (sale_id, seq, line_number, origin, at_ms)
    select sale, seq, line, origin, at from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as r(sale text, seq bigint, line bigint, origin text, at bigint)`.execute(tx);
}
