import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { Db } from './client.ts';

/**
 * Lets sales that name no secret keep the current one: they are from a version that did not write
 * it. When there are others, a replacement goes on: a sale whose secret is gone keeps the current
 * one from now on, too, or it would have another with each process. Without others it stays as it
 * is: the other secret may only be missing here.
 *
 * @param current the id of the current secret
 * @param others the ids of the others
 */
export async function adoptSales(
  { db, log }: { readonly db: Db; readonly log: Logger },
  current: string,
  others: readonly string[],
): Promise<void> {
  const isGone = sql<boolean>`secret_id <> all(${[current, ...others]})`;
  await db
    .updateTable('sales')
    .set({ secret_id: current })
    .where(({ eb, or }) =>
      or([eb('secret_id', 'is', null), ...(others.length > 0 ? [isGone] : [])]),
    )
    .execute();
  const running = await db
    .selectFrom('sales')
    .select('id')
    .where('closed', '=', '')
    .where(isGone)
    .execute();
  if (running.length === 0) return;
  const sales = running.map(({ id }) => id);
  log.warn({ sales }, 'running sales were made with a secret that is set nowhere here');
}
