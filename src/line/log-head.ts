import type { Db } from '../db/client.ts';

/** How far the log of a shard has come. */
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
