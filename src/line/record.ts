import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { Db, Tx } from '../db/client.ts';
import { project } from '../db/projections/index.ts';
import type { Deadline } from '../domain/deadline.ts';
import { isOutage } from '../process/outage.ts';
import { chainHash } from './chain.ts';
import type { JournalEntry } from './journal.ts';
import { readLogHead } from './log-head.ts';

/** The journal of a shard and the log do not fit: only a rebuild helps. */
export class JournalMismatch extends Error {
  override readonly name = 'JournalMismatch';
}

/** What became public with a group: how far the log has come, and when the holds in it end. */
export interface Recorded {
  readonly seq: number;
  readonly job: number;
  readonly passedAll: number;
  readonly passed: Readonly<Record<string, number>>;
  readonly deadlines: readonly Deadline[];
}

export type RecordResult =
  | { readonly status: 'recorded'; readonly recorded: Recorded }
  /** Somebody else recorded these entries, or a newer epoch has begun. */
  | { readonly status: 'fenced' };

class Fenced extends Error {}

/**
 * Writes journal entries to the log and projects them, in one transaction that only goes through if the log
 * ends right before the first of them and the epoch is still the shard's.
 *
 * @throws JournalMismatch when the projections refuse an entry (I1, I6, I7); never try again
 * @throws the connection's error while Postgres is away; try again later
 */
export async function record(
  db: Db,
  shard: number,
  epoch: number,
  entries: readonly JournalEntry[],
): Promise<RecordResult> {
  try {
    const recorded = await db.transaction().execute((tx) => recordIn(tx, shard, epoch, entries));
    return { status: 'recorded', recorded };
  } catch (error) {
    if (error instanceof Fenced) return { status: 'fenced' };
    if (error instanceof JournalMismatch || isOutage(error)) throw error;
    throw new JournalMismatch('the projections refuse the journal', { cause: error });
  }
}

async function recordIn(
  tx: Tx,
  shard: number,
  epoch: number,
  entries: readonly JournalEntry[],
): Promise<Recorded> {
  const first = entries[0];
  const last = entries.at(-1);
  if (first === undefined || last === undefined) throw new Error('nothing to record');

  const row = await tx
    .updateTable('shards')
    .set({ log_seq: last.seq })
    .where('shard', '=', shard)
    .where('epoch', '=', epoch)
    .where('log_seq', '=', first.seq - 1)
    .returning(['log_hash', 'last_job', 'passed'])
    .executeTakeFirst();
  if (row === undefined) throw new Fenced();

  const hash = await insertLog(tx, shard, epoch, entries, row.log_hash);
  const deadlines = await project(tx, shard, entries);

  let { last_job: job, passed: passedAll } = row;
  const passed: Record<string, number> = {};
  for (const { entry } of entries) {
    if (entry.k !== 'decide' && entry.k !== 'skip') continue;
    job = entry.job;
    if (entry.k === 'skip') continue;
    const { sale, pos, all } = entry.batch;
    passed[sale] = Math.max(passed[sale] ?? 0, pos);
    passedAll = Math.max(passedAll, all);
  }
  await tx
    .updateTable('shards')
    .set({ log_hash: hash, last_job: job, passed: passedAll })
    .where('shard', '=', shard)
    .execute();
  return { seq: last.seq, job, passedAll, passed, deadlines };
}

/** Inserts the entries and returns the hash of the last one. */
async function insertLog(
  tx: Tx,
  shard: number,
  epoch: number,
  entries: readonly JournalEntry[],
  before: Buffer,
): Promise<Buffer> {
  let hash = before;
  const rows = entries.map(({ seq, text, entry }, i) => {
    if (i > 0 && seq !== (entries[i - 1]?.seq ?? 0) + 1) {
      throw new JournalMismatch(`the journal has no entry ${seq - 1}`);
    }
    hash = chainHash(hash, shard, seq, text);
    const batch = entry.k === 'decide' ? entry.batch : undefined;
    return {
      seq,
      kind: entry.k,
      sale: batch?.sale ?? ('sale' in entry ? entry.sale : null),
      uid: batch?.uid ?? null,
      job: 'job' in entry ? entry.job : null,
      text,
      hash,
    };
  });
  await sql`
    insert into log (shard, seq, epoch, kind, sale_id, batch_uid, job, entry, hash)
    select ${shard}, r.seq, ${epoch}, r.kind, r.sale, r.uid, r.job, r.entry, r.hash
    from unnest(
      ${rows.map((row) => row.seq)}::bigint[], ${rows.map((row) => row.kind)}::text[],
      ${rows.map((row) => row.sale)}::text[], ${rows.map((row) => row.uid)}::text[],
      ${rows.map((row) => row.job)}::bigint[], ${rows.map((row) => row.text)}::text[],
      ${rows.map((row) => row.hash)}::bytea[]
    ) as r(seq, kind, sale, uid, job, entry, hash)`.execute(tx);
  return hash;
}

/**
 * What `record` returned to whoever recorded entries up to the head of the log and died before publishing.
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
  const logged = await db
    .selectFrom('log')
    .select(['seq', 'entry'])
    .where('shard', '=', shard)
    .where('seq', '>=', first)
    .where('seq', '<=', head.seq)
    .orderBy('seq')
    .limit(entries.length)
    .execute();
  if (head.seq < first || logged.some((row, i) => row.entry !== entries[i]?.text)) {
    throw new JournalMismatch(
      `the log ends at ${head.seq} and does not fit journal entry ${first}`,
    );
  }
  const sales = await db
    .selectFrom('sales')
    .select(['id', 'passed'])
    .where('shard', '=', shard)
    .where('last_seq', '>=', first)
    .execute();
  const holds = await db
    .selectFrom('orders')
    .innerJoin('sales', 'sales.id', 'orders.sale_id')
    .select(['sale_id', 'ticket_id', 'hold_seq', 'hold_expires_at'])
    .where('sales.shard', '=', shard)
    .where('hold_seq', '>=', first)
    .where('status', '=', 'held')
    .execute();
  return {
    seq: head.seq,
    job: head.job,
    passedAll: head.passedAll,
    passed: Object.fromEntries(sales.map((sale) => [sale.id, sale.passed])),
    deadlines: holds.map((hold) => ({
      sale: hold.sale_id,
      ticket: hold.ticket_id,
      hold: hold.hold_seq,
      atMs: hold.hold_expires_at.getTime(),
    })),
  };
}

/** Logs what was recorded, a line a group: enough to follow one request id from batch to log. */
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
