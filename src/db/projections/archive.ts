import { sql } from 'kysely';
import type { ArchiveEntry, RestoreEntry } from '../../domain/entry.ts';
import type { Tx } from '../client.ts';

/**
 * Projects that a sale has left Redis.
 *
 * @throws Error when something of it can still change (I4, I7): the journal contradicts what is
 *   recorded
 */
export async function projectArchive(tx: Tx, seq: number, { sale }: ArchiveEntry): Promise<void> {
  const archived = await tx
    .updateTable('sales')
    .set({ archived_seq: seq, in_part: false })
    .where('id', '=', sale)
    .where('archived_seq', 'is', null)
    .where('closed', '!=', '')
    .where(
      sql<boolean>`not exists (select from orders where sale_id = ${sale} and status = 'held')`,
    )
    .where(
      sql<boolean>`not exists (
        select from waitlist where sale_id = ${sale} and status = 'waitlisted')`,
    )
    .returning('id')
    .executeTakeFirst();
  if (archived === undefined) throw new Error(`sale ${sale} cannot be archived`);
}

/**
 * Projects that an archived sale is in Redis again, without its tickets at first.
 *
 * @throws Error when it is there already: the journal contradicts what is recorded
 */
export async function projectRestore(tx: Tx, { sale, what }: RestoreEntry): Promise<void> {
  const isBack = what === 'claims';
  const restored = await tx
    .updateTable('sales')
    .set({ archived_seq: null, in_part: isBack })
    .where('id', '=', sale)
    .where('archived_seq', isBack ? 'is not' : 'is', null)
    .where('in_part', '=', !isBack)
    .returning('id')
    .executeTakeFirst();
  if (restored === undefined) throw new Error(`the ${what} of sale ${sale} are there already`);
}
