import type { Entry, Sequenced } from '../domain/entry.ts';
import type { RedisClient } from './client.ts';
import type { ShardKeys } from './keys.ts';

/** Most entries per transaction. */
const GROUP_MAX = 64;

/** One entry of a shard's journal with its exact text, which is what the log keeps and hashes. */
export interface JournalEntry extends Sequenced {
  readonly text: string;
}

/** Reads up to `count` entries of a journal, from `fromSeq` on, in order. */
export async function readJournal(
  redis: RedisClient,
  journalKey: string,
  fromSeq: number,
  count: number,
): Promise<JournalEntry[]> {
  const rows = await redis.xrange(journalKey, `${fromSeq}-0`, '+', 'COUNT', count);
  return rows.map(([id, fields]) => {
    const text = fields[1] ?? '';
    return { seq: Number.parseInt(id, 10), text, entry: JSON.parse(text) as Entry };
  });
}

/**
 * Reads up to `count` entries from the journal's head: its entries are not public yet. The first of
 * them may be recorded, though, by a process that died before publishing.
 */
export function readUnpublished(
  redis: RedisClient,
  keys: ShardKeys,
  epoch: number,
  count = GROUP_MAX,
): Promise<JournalEntry[]> {
  return readJournal(redis, keys.at(epoch).journal, 0, count);
}
