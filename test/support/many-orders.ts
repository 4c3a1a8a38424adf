import { sql } from 'kysely';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { Db } from '../../src/db/client.ts';

/**
 * Inserts orders into a sale by SQL, bypassing the line: order 1 is the oldest. Of every ten, three
 * are held, three paid, three expired, one cancelled; of every thousand, one is refunded. Every
 * second one has the same timestamp as the one before. Paid orders have a payment, `pi_` and their
 * id. Ids are `SALE-n`, buyers `buyer-n`; each has `quantity` = 1 of the first product.
 */
export async function insertOrders(db: Db, sale: SaleView, count: number): Promise<void> {
  const product = sale.products[0];
  if (product === undefined) throw new Error('the sale has no product');
  await sql`
    insert into orders (id, sale_id, ticket_id, ticket_ref, buyer_id, status, line_number, amount,
      currency, hold_seq, hold_expires_at, created_at, paid_at)
    select ${sale.id} || '-' || n, ${sale.id}, ${sale.id} || '-' || n || '.0',
      ${sale.id} || '-' || n || '.0.1.' || n || '.1.0:1.', 'buyer-' || n, status, n,
      ${product.amount}, ${product.currency}, n, at + interval '10 minutes', at,
      case when status in ('paid', 'refunded') then at + interval '1 minute' end
    from (
      select n, clock_timestamp() - (${count} - n / 2 * 2) * interval '1 millisecond' as at,
        case when n % 1000 = 500 then 'refunded'
          else (array['held', 'held', 'held', 'paid', 'paid', 'paid', 'expired', 'expired',
            'expired', 'cancelled'])[n % 10 + 1] end as status
      from generate_series(1, ${count}::integer) n) made`.execute(db);
  await sql`
    insert into order_items (order_id, product_id, quantity, amount)
    select id, ${product.id}, 1, amount from orders where sale_id = ${sale.id}`.execute(db);
  await sql`
    insert into payments (id, order_id, status, amount, currency, outcome, seq)
    select 'pi_' || id, id, 'succeeded', amount, currency, 'paid', hold_seq
    from orders where sale_id = ${sale.id} and paid_at is not null`.execute(db);
  await sql`analyze orders, order_items, payments`.execute(db);
}
