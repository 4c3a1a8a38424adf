import type { Db } from '../../src/db/client.ts';
import type { Shard } from '../../src/line/shard.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { THROTTLED } from '../../src/redis/keys.ts';

/** What Redis still has of a sale: keys that name it, and fields of its shard that do. */
export async function tracesOf(redis: RedisClient, shard: Shard, sale: string): Promise<string[]> {
  const keys = await redis.keys(`*${sale}*`);
  const { accepted, progress } = shard.keys;
  const hashes = [accepted, progress, THROTTLED];
  const fields = (await Promise.all(hashes.map((hash) => redis.hkeys(hash)))).flat();
  return [...keys, ...fields.filter((field) => field.includes(sale))];
}

/** The kinds of the log's entries on a sale, in order; of a return, what came back. */
export async function kindsOf(db: Db, sale: string): Promise<string[]> {
  const rows = await db
    .selectFrom('log')
    .select(['kind', 'entry'])
    .where('sale_id', '=', sale)
    .orderBy('seq')
    .execute();
  return rows.map(({ kind, entry }) =>
    kind === 'restore' ? `restore ${(JSON.parse(entry) as { what: string }).what}` : kind,
  );
}
