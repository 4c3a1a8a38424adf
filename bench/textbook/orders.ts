import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../../src/db/client.ts';
import type { TicketJob } from './ticket.ts';

/**
 * Writes a winner's order as our projections do: order, item, ledger and the product's counters, in
 * a single statement, so one round trip and one commit. A ticket that already has an order changes
 * nothing.
 */
export async function insertOrder(db: Db, job: TicketJob, line: number): Promise<void> {
  const { ticket, buyer, product, quantity } = job;
  await sql`
    with wanted as (
      select ${quantity}::integer as quantity, products.* from products where id = ${product}
    ), placed as (
      insert into orders (id, sale_id, ticket_id, ticket_ref, buyer_id, status, line_number,
        amount, currency, hold_seq, hold_expires_at)
      select ${randomUUID()}, sales.id, ${ticket}, ${ticket}, ${buyer}, 'held', ${line}::bigint,
        wanted.amount * wanted.quantity, wanted.currency, ${line}::bigint,
        clock_timestamp() + sales.hold_seconds * interval '1 second'
      from wanted join sales on sales.id = wanted.sale_id
      on conflict (ticket_id) do nothing
      returning id
    ), items as (
      insert into order_items (order_id, product_id, quantity, amount)
      select placed.id, wanted.id, wanted.quantity, wanted.amount from placed, wanted
    ), ledger as (
      insert into inventory_ledger (shard, seq, product_id, cause, order_id, available, held, sold)
      select 0, ${line}::bigint, wanted.id, 'held', placed.id, -wanted.quantity, wanted.quantity, 0
      from placed, wanted
    )
    update products
    set available = products.available - wanted.quantity, held = products.held + wanted.quantity
    from placed, wanted where products.id = wanted.id`.execute(db);
}
