import type { Entry, Sequenced } from '../domain/entry.ts';
import type { RedisClient } from './client.ts';
import type { ShardKeys } from './keys.ts';

/** Entries read at a time. */
const PAGE = 64;

/** Most entries per transaction. */
const GROUP_MAX = 1_024;

/**
 * A transaction takes no further page of entries once it has so much text: some 64 batches of a
 * hundred tickets, or as many short entries as {@link GROUP_MAX}.
 */
const GROUP_CHARS = 256 * 1_024;

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
 * Reads entries from the journal's head, as many as one transaction records: they are not public
 * yet. The first of them may be recorded, though, by a process that died before publishing.
 */
export async function readUnpublished(
  redis: RedisClient,
  keys: ShardKeys,
  epoch: number,
): Promise<JournalEntry[]> {
  const { journal } = keys.at(epoch);
  const entries = await readJournal(redis, journal, 0, PAGE);
  let chars = entries.reduce((sum, { text }) => sum + text.length, 0);
  let page = entries;
  while (page.length === PAGE && entries.length < GROUP_MAX && chars < GROUP_CHARS) {
    page = await readJournal(redis, journal, (entries.at(-1)?.seq ?? 0) + 1, PAGE);
    entries.push(...page);
    chars += page.reduce((sum, { text }) => sum + text.length, 0);
  }
  return entries;
}

/** The first entry of the journal that is not public yet, if any. */
export async function readFirstUnpublished(
  redis: RedisClient,
  keys: ShardKeys,
  epoch: number,
): Promise<JournalEntry | undefined> {
  return (await readJournal(redis, keys.at(epoch).journal, 0, 1))[0];
}

/**
 * What an epoch left in its journal.
 *
 * @returns its first entry, and the sales that came back from the archive by an entry of it
 */
export async function readLeftover(
  redis: RedisClient,
  journalKey: string,
): Promise<{ firstSeq: number | undefined; restored: string[] }> {
  let page = await readJournal(redis, journalKey, 0, PAGE);
  const firstSeq = page[0]?.seq;
  const restored: string[] = [];
  while (page.length > 0) {
    restored.push(...page.flatMap(({ entry }) => (entry.k === 'restore' ? [entry.sale] : [])));
    page = await readJournal(redis, journalKey, (page.at(-1)?.seq ?? 0) + 1, PAGE);
  }
  return { firstSeq, restored };
}
