import type { Db } from '../db/client.ts';
import {
  extendHistory,
  type HistoryTicket,
  listForHistory,
  listShardsBehind,
  lockHistory,
} from '../db/history.ts';
import { type DecideEntry, lineNumberAt, ticketAt } from '../domain/entry.ts';
import { FORMAT } from '../domain/format.ts';
import { nameOf, outcomeOf } from '../domain/outcome.ts';
import { formatRef, identityOf } from '../domain/ticket.ts';
import { RunningStock } from './running-stock.ts';

/** Log entries that one step projects. */
const STEP = 50;

/** How long one run may take: the drain path keeps the larger part of the machine. */
const RUN_MS = 100;

/**
 * Projects the logs that have grown, for a bounded time shared between them.
 *
 * @param format the newest format that this process knows: logs with a newer one are left alone
 * @throws AggregateError with all errors, after every shard had its turn
 */
export async function followLogs(db: Db, format = FORMAT): Promise<void> {
  const errors: unknown[] = [];
  const shards = await listShardsBehind(db);
  for (const shard of shards) {
    const until = performance.now() + RUN_MS / shards.length;
    try {
      while (await projectHistory(db, shard, format)) if (performance.now() > until) break;
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'not every log could be followed');
}

/**
 * Projects the next log entries of a shard into `tickets`, a buyer's history. It follows the log
 * off the drain path: a row per ticket costs several times as much as deciding it.
 *
 * @returns whether there may be more
 */
async function projectHistory(db: Db, shard: number, format: number): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const after = await lockHistory(tx, shard);
    const entries = await listForHistory(tx, shard, { after, limit: STEP, format });
    const last = entries.at(-1);
    if (last === undefined) return false;

    const stock = await RunningStock.read(tx, shard, entries);
    const rows = entries.flatMap((row) => {
      if (row.kind === 'decide') {
        return ticketRows(
          stock,
          JSON.parse(row.entry) as DecideEntry,
          row.recorded_at.toISOString(),
        );
      }
      stock.pass(row.seq);
      return [];
    });
    await extendHistory(tx, shard, last.seq, rows);
    await stock.save(tx);
    return entries.length === STEP;
  });
}

/**
 * The rows of a decided batch: repeats of an attempt have none of their own. The stock changes from
 * ticket to ticket, as it did when they were decided.
 */
function ticketRows(stock: RunningStock, entry: DecideEntry, at: string): HistoryTicket[] {
  const { batch, line, out } = entry;
  return [...out].flatMap((letter, index) => {
    const outcome = outcomeOf(letter);
    if (outcome === undefined) return [];
    const ref = ticketAt(entry, index);
    const isShort = outcome.status === 'sold_out' || outcome.status === 'waitlisted';
    const facts = isShort ? stock.find(batch.sale, ref.items) : null;
    if (outcome.status === 'held') stock.hold(batch.sale, ref.items);
    return {
      sale: batch.sale,
      line: lineNumberAt(line, out, index),
      buyer: batch.t[index]?.[0],
      ticket: identityOf(ref),
      ref: formatRef(ref),
      outcome: nameOf(outcome),
      other: entry.refs?.[index] ?? null,
      at,
      facts,
    };
  });
}
