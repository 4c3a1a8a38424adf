import { type Selectable, sql } from 'kysely';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

export type StoredEvent = Selectable<Database['webhook_events']>;

/** Stores events of Stripe; existing ones stay unchanged. Returns the ids of the new ones. */
export async function storeEvents(
  db: Db,
  events: readonly Pick<StoredEvent, 'id' | 'type' | 'payload'>[],
): Promise<string[]> {
  if (events.length === 0) return [];
  const rows = await db
    .insertInto('webhook_events')
    .values([...events])
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

export async function findEvent(db: Db, id: string): Promise<StoredEvent | undefined> {
  return db.selectFrom('webhook_events').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Marks an event as processed. */
export async function noteApplied(db: Db, id: string, result: string): Promise<void> {
  await db
    .updateTable('webhook_events')
    .set({ applied_at: sql<Date>`clock_timestamp()`, result })
    .where('id', '=', id)
    .where('applied_at', 'is', null)
    .execute();
}
