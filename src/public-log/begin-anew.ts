import type { Db } from '../db/client.ts';
import {
  beginPublicLogAnew,
  extendPublicLog,
  type LogId,
  lockPublicLog,
} from '../db/public-logs.ts';
import { NO_COUNTS } from '../domain/log-counts.ts';
import { encodeLeaf } from '../proof/leaf.ts';
import { leafHash } from '../proof/merkle.ts';

/**
 * Begins the public log of a sale anew: its first leaf says what it follows, the next are all
 * entries of the sale from the first one on. What was published before stays in the database.
 *
 * @param log the log that cannot be continued
 * @param before the last checkpoint
 */
export async function beginAnew(
  db: Db,
  { sale, number: current }: LogId,
  before: {
    readonly number: number;
    readonly origin: string;
    readonly size: number;
    readonly root: string;
  },
): Promise<void> {
  const { origin, size, root } = before;
  await db.transaction().execute(async (tx) => {
    const log = await lockPublicLog(tx, sale, NO_COUNTS);
    if (log.number !== current) return; // another process has begun one
    const number = Math.max(before.number, log.number) + 1;
    const anew = await beginPublicLogAnew(tx, log, number, NO_COUNTS);
    const leaf = encodeLeaf({ follows: { origin, size, root } });
    const hash = leafHash(leaf);
    const growth = { leaves: [{ seq: 0, hash, leaf }], nodes: [] };
    await extendPublicLog(tx, anew, growth, { ...anew, size: 1, peaks: Buffer.from(hash) });
  });
}
