import type { Db, Tx } from './client.ts';

/** The head of a shard's log. */
export async function readLogHead(
  db: Db,
  shard: number,
): Promise<{ epoch: number; seq: number; job: number; passedAll: number; format: number }> {
  const row = await db
    .selectFrom('shards')
    .select(['epoch', 'log_seq', 'last_job', 'passed', 'format'])
    .where('shard', '=', shard)
    .executeTakeFirstOrThrow();
  const { epoch, log_seq: seq, last_job: job, passed: passedAll, format } = row;
  return { epoch, seq, job, passedAll, format };
}

/**
 * Moves the head of a shard's log from just before `from` to `to`, if it is there, the epoch is
 * still the shard's, and the log has no entry of a newer format than `format`: the fence of the
 * recorder (I3, I9).
 *
 * @returns the head before; undefined when fenced
 */
export function moveLogHead(
  tx: Tx,
  shard: number,
  epoch: number,
  { from, to, format }: { readonly from: number; readonly to: number; readonly format: number },
) {
  return tx
    .updateTable('shards')
    .set({ log_seq: to })
    .where('shard', '=', shard)
    .where('epoch', '=', epoch)
    .where('log_seq', '=', from - 1)
    .where('format', '<=', format)
    .returning(['last_job', 'passed'])
    .executeTakeFirst();
}

/**
 * Writes the other fields of the head: the last job, the highest position passed, and the newest
 * format of an entry.
 */
export async function writeLogHead(
  tx: Tx,
  shard: number,
  head: { readonly job: number; readonly passedAll: number; readonly format: number },
): Promise<void> {
  await tx
    .updateTable('shards')
    .set((eb) => ({
      last_job: head.job,
      passed: head.passedAll,
      format: eb.fn<number>('greatest', ['format', eb.val(head.format)]),
    }))
    .where('shard', '=', shard)
    .execute();
}

/** The head of each shard's log. */
export function listLogSeqs(db: Db): Promise<{ shard: number; seq: number }[]> {
  return db.selectFrom('shards').select(['shard', 'log_seq as seq']).execute();
}
