import { sql } from 'kysely';
import type { Db } from './client.ts';

/** Up to which time Stripe's list of events has been read; undefined when it never was. */
export async function readCursor(db: Db): Promise<Date | undefined> {
  const row = await db.selectFrom('stripe_cursor').select('read_until').executeTakeFirst();
  return row?.read_until;
}

/** Records up to which time Stripe's list of events has been read. */
export async function raiseCursor(db: Db, until: Date): Promise<void> {
  await db
    .insertInto('stripe_cursor')
    .values({ read_until: until })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({ read_until: sql<Date>`greatest(stripe_cursor.read_until, ${until})` }),
    )
    .execute();
}
