import type { Logger } from 'pino';
import type { Db, Tx } from '../db/client.ts';
import { listHoldsSince } from '../db/holds.ts';
import { insertLog, type LogRow, listLog } from '../db/log.ts';
import { moveLogHead, readLogHead, writeLogHead } from '../db/log-head.ts';
import { project } from '../db/projections/index.ts';
import { listArchivedSince, readPassed } from '../db/shard-sales.ts';
import type { Deadline } from '../domain/deadline.ts';
import { FORMAT, formatOf } from '../domain/format.ts';
import { NewerFormat } from '../domain/newer-format.ts';
import { isOutage } from '../process/outage.ts';
import type { JournalEntry } from '../redis/journal.ts';

/** The journal of a shard contradicts the log: only a rebuild helps. */
export class JournalMismatch extends Error {
  override readonly name = 'JournalMismatch';
}

/** What a group makes public: the head of the log, and when the holds in the group end. */
export interface Recorded {
  readonly seq: number;
  readonly job: number;
  readonly passedAll: number;
  readonly passed: Readonly<Record<string, number>>;
  readonly deadlines: readonly Deadline[];
  /** Sales that the group archived, and did not bring back. */
  readonly archived: readonly string[];
}

export type RecordResult =
  | { readonly status: 'recorded'; readonly recorded: Recorded }
  /** Another process recorded these entries, or a newer epoch or a newer format has begun. */
  | { readonly status: 'fenced' };

class Fenced extends Error {}

/**
 * Writes journal entries to the log and projects them, in one transaction that only goes through if
 * the log ends right before the first of them, the epoch is still the shard's, and the log has
 * nothing newer than this process knows.
 *
 * @param format the newest format that this process knows; no entry is newer
 * @throws JournalMismatch when the projections refuse an entry (I1, I6, I7); must not be retried
 * @throws the connection's error while Postgres is unavailable; may be retried
 */
export async function record(
  db: Db,
  shard: number,
  epoch: number,
  entries: readonly JournalEntry[],
  format = FORMAT,
): Promise<RecordResult> {
  try {
    const recorded = await db
      .transaction()
      .execute((tx) => recordIn(tx, shard, { epoch, format }, entries));
    return { status: 'recorded', recorded };
  } catch (error) {
    if (error instanceof Fenced) return { status: 'fenced' };
    if (error instanceof JournalMismatch || error instanceof NewerFormat || isOutage(error))
      throw error;
    throw new JournalMismatch('the projections refuse the journal', { cause: error });
  }
}

async function recordIn(
  tx: Tx,
  shard: number,
  { epoch, format: known }: { readonly epoch: number; readonly format: number },
  entries: readonly JournalEntry[],
): Promise<Recorded> {
  const first = entries[0];
  const last = entries.at(-1);
  if (first === undefined || last === undefined) throw new Error('nothing to record');

  const span = { from: first.seq, to: last.seq };
  const row = await moveLogHead(tx, shard, epoch, { ...span, format: known });
  if (row === undefined) throw new Fenced();

  await insertLog(tx, shard, epoch, logRows(entries));
  const deadlines = await project(tx, shard, entries);

  let { last_job: job, passed: passedAll } = row;
  const passed: Record<string, number> = {};
  const archived = new Set<string>();
  for (const { entry } of entries) {
    if (entry.k === 'archive') {
      archived.add(entry.sale);
      delete passed[entry.sale];
    }
    if (entry.k === 'restore') archived.delete(entry.sale);
    if (entry.k !== 'decide' && entry.k !== 'skip') continue;
    job = entry.job;
    if (entry.k === 'skip') continue;
    const { sale, pos, all } = entry.batch;
    passed[sale] = Math.max(passed[sale] ?? 0, pos);
    passedAll = Math.max(passedAll, all);
  }
  const format = Math.max(...entries.map(({ entry }) => formatOf(entry)));
  await writeLogHead(tx, shard, { job, passedAll, format });
  return { seq: last.seq, job, passedAll, passed, deadlines, archived: [...archived] };
}

/** The entries as rows of the log. */
function logRows(entries: readonly JournalEntry[]): LogRow[] {
  return entries.map(({ seq, text, entry }, i) => {
    if (i > 0 && seq !== (entries[i - 1]?.seq ?? 0) + 1) {
      throw new JournalMismatch(`the journal has no entry ${seq - 1}`);
    }
    const batch = entry.k === 'decide' ? entry.batch : undefined;
    return {
      seq,
      kind: entry.k,
      sale: batch?.sale ?? ('sale' in entry ? entry.sale : null),
      uid: batch?.uid ?? null,
      job: 'job' in entry ? entry.job : null,
      text,
    };
  });
}

/**
 * Re-reads the result of a recording whose process died before publishing: entries up to the head
 * of the log.
 *
 * @throws JournalMismatch when the log has other entries than this journal
 */
export async function readRecorded(
  db: Db,
  shard: number,
  entries: readonly JournalEntry[],
): Promise<Recorded> {
  const head = await readLogHead(db, shard);
  const first = entries[0]?.seq ?? 0;
  const range = { fromSeq: first, toSeq: head.seq, limit: entries.length };
  const logged = await listLog(db, shard, range);
  if (head.seq < first || logged.some((row, i) => row.entry !== entries[i]?.text)) {
    throw new JournalMismatch(
      `the log ends at ${head.seq} and does not fit journal entry ${first}`,
    );
  }
  return {
    seq: head.seq,
    job: head.job,
    passedAll: head.passedAll,
    passed: await readPassed(db, shard, first),
    deadlines: await listHoldsSince(db, shard, first),
    archived: await listArchivedSince(db, shard, first),
  };
}

/**
 * Logs what was recorded, one line per entry: enough to follow one request id from batch to log.
 */
export function logRecorded(log: Logger, shard: number, entries: readonly JournalEntry[]): void {
  for (const { seq, entry } of entries) {
    if (entry.k === 'decide') {
      const { uid, sale, rid, t } = entry.batch;
      log.debug({ shard, seq, job: entry.job, uid, sale, rid, tickets: t.length }, 'decided');
    } else {
      log.info({ shard, seq, entry }, entry.k);
    }
  }
}
