import type { Db, Tx } from './client.ts';

/** The head of a shard's log. */
export async function readLogHead(
  db: Db,
  shard: number,
): Promise<{ epoch: number; seq: number; job: number; passedAll: number }> {
  const row = await db
    .selectFrom('shards')
    .select(['epoch', 'log_seq', 'last_job', 'passed'])
    .where('shard', '=', shard)
    .executeTakeFirstOrThrow();
  return { epoch: row.epoch, seq: row.log_seq, job: row.last_job, passedAll: row.passed };
}

/**
 * Moves the head of a shard's log from just before `from` to `to`, if it is there and the epoch is
 * still the shard's: the fence of the recorder (I3, I9).
 *
 * @returns the head before; undefined when fenced
 */
export function moveLogHead(
  tx: Tx,
  shard: number,
  epoch: number,
  { from, to }: { readonly from: number; readonly to: number },
) {
  return tx
    .updateTable('shards')
    .set({ log_seq: to })
    .where('shard', '=', shard)
    .where('epoch', '=', epoch)
    .where('log_seq', '=', from - 1)
    .returning(['last_job', 'passed'])
    .executeTakeFirst();
}

/** Writes the other fields of the head: the last job, the highest position passed. */
export async function writeLogHead(
  tx: Tx,
  shard: number,
  head: { readonly job: number; readonly passedAll: number },
): Promise<void> {
  await tx
    .updateTable('shards')
    .set({ last_job: head.job, passed: head.passedAll })
    .where('shard', '=', shard)
    .execute();
}

/** The head of each shard's log. */
export function listLogSeqs(db: Db): Promise<{ shard: number; seq: number }[]> {
  return db.selectFrom('shards').select(['shard', 'log_seq as seq']).execute();
}
