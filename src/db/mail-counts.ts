import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from './client.ts';

const DAY_MS = 86_400_000;

/** Mails to an address, in whatever case, on the day of UTC that has this moment. */
interface Counted {
  readonly email: string;
  readonly atMs: number;
}

/**
 * Counts a mail before it is sent, so that several processes cannot send too many.
 *
 * @param mail.max mails to the address on that day
 * @returns false when there were that many already
 */
export async function countMail(db: Db, mail: Counted & { readonly max: number }) {
  const { rows } = await sql`
    insert into mail_counts (address, day, mails)
    select ${hashOf(mail)}::bytea, ${dayOf(mail)}::integer, 1 where ${mail.max}::integer > 0
    on conflict (address, day) do update set mails = mail_counts.mails + 1
      where mail_counts.mails < ${mail.max}
    returning mails`.execute(db);
  return rows.length > 0;
}

/** Takes the count of a mail back that was not sent. */
export async function uncountMail(db: Db, mail: Counted): Promise<void> {
  await db
    .updateTable('mail_counts')
    .set({ mails: sql<number>`mails - 1` })
    .where('address', '=', hashOf(mail))
    .where('day', '=', dayOf(mail))
    .execute();
}

function hashOf({ email }: Counted): Buffer {
  return createHash('sha256').update(email.toLowerCase()).digest();
}

function dayOf({ atMs }: Counted): number {
  return Math.floor(atMs / DAY_MS);
}
