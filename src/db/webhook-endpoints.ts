import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from './client.ts';
import type { Database } from './schema.ts';

export type EndpointRecord = Selectable<Database['webhook_endpoints']>;

/**
 * Adds an endpoint to a sale.
 *
 * @param max most endpoints per sale
 * @returns it; undefined when the sale already has that many
 */
export async function addEndpoint(
  db: Db,
  endpoint: Pick<EndpointRecord, 'id' | 'sale_id' | 'url' | 'secret' | 'events'>,
  max: number,
): Promise<EndpointRecord | undefined> {
  return db.transaction().execute(async (tx) => {
    // One at a time per sale, so that the count is exact. The row of the sale itself is locked by
    // recording.
    await sql`select pg_advisory_xact_lock(hashtext(${`webhooks ${endpoint.sale_id}`}))`.execute(
      tx,
    );
    const { count } = await tx
      .selectFrom('webhook_endpoints')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('sale_id', '=', endpoint.sale_id)
      .where('removed_at', 'is', null)
      .executeTakeFirstOrThrow();
    if (count >= max) return undefined;
    return tx
      .insertInto('webhook_endpoints')
      .values({ ...endpoint, events: [...endpoint.events] })
      .returningAll()
      .executeTakeFirstOrThrow();
  });
}

/** The endpoints of a sale, oldest first. */
export async function listEndpoints(db: Db, sale: string): Promise<EndpointRecord[]> {
  return db
    .selectFrom('webhook_endpoints')
    .selectAll()
    .where('sale_id', '=', sale)
    .where('removed_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** An endpoint; undefined when there is none, or it was removed. */
export async function findEndpoint(db: Db, id: string): Promise<EndpointRecord | undefined> {
  return db
    .selectFrom('webhook_endpoints')
    .selectAll()
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
}

/** Whether an endpoint exists; if so it is locked against removal until the transaction ends. */
export async function keepEndpoint(tx: Tx, id: string): Promise<boolean> {
  const row = await tx
    .selectFrom('webhook_endpoints')
    .select('id')
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .forShare()
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Removes an endpoint: its secret is deleted and its pending deliveries are given up; sent ones
 * stay on record.
 *
 * @returns whether there was one
 */
export async function removeEndpoint(db: Db, id: string): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('webhook_endpoints')
      .set({ removed_at: sql<Date>`clock_timestamp()`, secret: '' })
      .where('id', '=', id)
      .where('removed_at', 'is', null)
      .executeTakeFirst();
    // In a statement of its own: it sees what was addressed to the endpoint until then.
    await tx
      .updateTable('deliveries')
      .set({ state: 'given_up', answer: 'the endpoint was removed' })
      .where('endpoint_id', '=', id)
      .where('state', '=', 'waiting')
      .execute();
    return numUpdatedRows > 0n;
  });
}
