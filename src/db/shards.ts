import type { Db } from './client.ts';

/** The numbers of all shards. */
export async function listShards(db: Db): Promise<number[]> {
  const rows = await db.selectFrom('shards').select('shard').orderBy('shard').execute();
  return rows.map((row) => row.shard);
}

/**
 * Makes sure that shards 0 to `count - 1` exist. More may exist: a sale keeps its shard
 * permanently.
 */
export async function ensureShards(db: Db, count: number): Promise<void> {
  await db
    .insertInto('shards')
    .values(Array.from({ length: count }, (_, shard) => ({ shard })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
