import { sql } from 'kysely';
import type { Db } from './client.ts';

/** How far Stripe's list of events has been read; undefined when it never was. */
export async function readWatch(db: Db): Promise<Date | undefined> {
  const row = await db.selectFrom('payment_watch').select('read_until').executeTakeFirst();
  return row?.read_until;
}

/** Stripe's list of events has been read up to a moment. */
export async function raiseWatch(db: Db, until: Date): Promise<void> {
  await db
    .insertInto('payment_watch')
    .values({ read_until: until })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({ read_until: sql<Date>`greatest(payment_watch.read_until, ${until})` }),
    )
    .execute();
}

/** When the oldest payment was asked for of which something can still be paid; undefined when there is none. */
export async function readOldestOpen(db: Db): Promise<Date | undefined> {
  const row = await db
    .selectFrom('payment_requests')
    .select('created_at')
    .where('closed_at', 'is', null)
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst();
  return row?.created_at;
}
