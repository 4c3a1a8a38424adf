import { sql } from 'kysely';
import type { Db, Tx } from './client.ts';

/** Where a buyer can be reached. */
export interface Contact {
  readonly buyer: string;
  readonly email: string;
}

/**
 * Stores the addresses of buyers, each once in the list; earlier ones are replaced, but not by one
 * that a seller has corrected.
 */
export async function noteContacts(db: Db, contacts: readonly Contact[]): Promise<void> {
  // In a fixed order, so that two processes never deadlock.
  await sql`
    insert into contacts (buyer_id, email)
    select buyer, email from jsonb_to_recordset(${JSON.stringify(contacts)}::jsonb)
      as r(buyer text, email text)
    order by buyer
    on conflict (buyer_id) do update
      set email = case when excluded.email = any (contacts.mistyped) then contacts.email
          else excluded.email end,
        updated_at = clock_timestamp()`.execute(db);
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

/**
 * Corrects the address of an order's buyer. Whoever has the mistyped one loses what its mails
 * opened, and the mails about the order are due again, and about others whose links were lost.
 *
 * @param wish.now when they are due
 * @returns how many mails that is
 */
export async function correctContact(
  db: Db,
  { order, buyer, email, now }: Contact & { readonly order: string; readonly now: Date },
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const before = await tx
      .selectFrom('contacts')
      .select('email')
      .where('buyer_id', '=', buyer)
      .forUpdate()
      .executeTakeFirst();
    await sql`
      with old as (
        select email from contacts where buyer_id = ${buyer}
        union select email from users where id = ${buyer}
        union select guest_email from refresh_families where guest_id = ${buyer}),
      wrong as (
        select coalesce(array_agg(email), '{}') as emails from old where email <> ${email})
      insert into contacts (buyer_id, email, mistyped)
      select ${buyer}, ${email}, emails from wrong
      on conflict (buyer_id) do update
        set email = excluded.email, updated_at = clock_timestamp(),
          mistyped = array_remove(contacts.mistyped || excluded.mistyped, excluded.email)`.execute(
      tx,
    );
    await tx
      .updateTable('refresh_families')
      .set({ guest_email: email })
      .where('guest_id', '=', buyer)
      .execute();
    const links = before?.email === email ? [] : await deleteLinks(tx, buyer);
    const again = [...new Set([order, ...links.map((link) => link.order_id)])];
    const { numUpdatedRows } = await tx
      .updateTable('deliveries')
      .set({ state: 'waiting', step: 0, next_try_at: now })
      .where('channel', '=', 'mail')
      .where('message_id', 'in', (eb) =>
        eb.selectFrom('messages').select('id').where('order_id', 'in', again),
      )
      .executeTakeFirst();
    return Number(numUpdatedRows);
  });
}

/** Deletes the links to a buyer's orders; returns the orders, one per link. */
function deleteLinks(tx: Tx, buyer: string): Promise<{ order_id: string }[]> {
  return tx
    .deleteFrom('order_links')
    .where('order_id', 'in', (eb) =>
      eb.selectFrom('orders').select('id').where('buyer_id', '=', buyer),
    )
    .returning('order_id')
    .execute();
}
