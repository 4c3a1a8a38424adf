import { sql } from 'kysely';
import type { Db } from './client.ts';

/** Where a buyer can be reached. */
export interface Contact {
  readonly buyer: string;
  readonly email: string;
}

/** Stores the addresses of buyers, each once in the list; earlier ones are replaced. */
export async function noteContacts(db: Db, contacts: readonly Contact[]): Promise<void> {
  // In a fixed order, so that two processes never deadlock.
  await sql`
    insert into contacts (buyer_id, email)
    select buyer, email from jsonb_to_recordset(${JSON.stringify(contacts)}::jsonb)
      as r(buyer text, email text)
    order by buyer
    on conflict (buyer_id) do update
      set email = excluded.email, updated_at = clock_timestamp()`.execute(db);
}

/** The e-mail address of a buyer, if known. */
export async function findContact(db: Db, buyer: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('contacts')
    .select('email')
    .where('buyer_id', '=', buyer)
    .executeTakeFirst();
  return row?.email;
}
