import type { Db } from './client.ts';

/** Remembers a key that signs checkpoints, so that old ones can be verified after the next. */
export async function keepLogKey(db: Db, vkey: string): Promise<void> {
  await db
    .insertInto('log_keys')
    .values({ vkey })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The keys that ever signed checkpoints, newest first. */
export async function listLogKeys(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('log_keys').select('vkey').orderBy('used_at', 'desc').execute();
  return rows.map(({ vkey }) => vkey);
}
