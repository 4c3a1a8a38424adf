import { sql } from 'kysely';
import type { Db } from './client.ts';
import type { OrderRecord } from './orders.ts';

/**
 * What is known of a buyer: the e-mail address where mails go, else the account's, and the
 * account's name; null where it is unknown, or kept no longer.
 */
interface Buyer {
  readonly email: string | null;
  readonly name: string | null;
}

/** An order with what is known of its buyer. */
export type BuyerOrder = OrderRecord & Buyer;

const NOBODY: Buyer = { email: null, name: null };

/** Adds to orders what is known of their buyers. */
export async function withBuyers(db: Db, orders: readonly OrderRecord[]): Promise<BuyerOrder[]> {
  const buyers = await findBuyers(
    db,
    orders.map((order) => order.buyer_id),
  );
  return orders.map((order) => ({ ...order, ...(buyers.get(order.buyer_id) ?? NOBODY) }));
}

async function findBuyers(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, Buyer>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<Buyer & { id: string }>`
    select b.id, coalesce(contacts.email, users.email) as email, users.name
    from unnest(${[...new Set(ids)]}::text[]) as b (id)
    left join contacts on contacts.buyer_id = b.id
    left join users on users.id = b.id`.execute(db);
  return new Map(rows.map(({ id, email, name }) => [id, { email, name }]));
}
