import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import { type DecideEntry, lineNumberAt, ticketAt } from '../domain/entry.ts';
import { nameOf, outcomeOf } from '../domain/outcome.ts';
import { formatRef, identityOf } from '../domain/ticket.ts';
import { RunningStock } from './running-stock.ts';

/** Log entries that one step projects. */
const STEP = 50;

/**
 * How long one run may take: off the drain path also means leaving it the larger part of the
 * machine.
 */
const RUN_MS = 100;

/**
 * Follows the logs that have grown for a moment, each for its share of it.
 *
 * @throws AggregateError with what went wrong, when every shard had its turn
 */
export async function followLogs(db: Db): Promise<void> {
  const errors: unknown[] = [];
  const shards = await listBehind(db);
  for (const shard of shards) {
    const until = performance.now() + RUN_MS / shards.length;
    try {
      while (await projectHistory(db, shard)) if (performance.now() > until) break;
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'not every log could be followed');
}

/** Shards whose history is behind their log. */
async function listBehind(db: Db): Promise<number[]> {
  const rows = await db
    .selectFrom('shards')
    .leftJoin('history', 'history.shard', 'shards.shard')
    .select('shards.shard')
    .where((eb) => eb('shards.log_seq', '>', eb.fn.coalesce('history.seq', eb.lit(0))))
    .execute();
  return rows.map((row) => row.shard);
}

/**
 * Projects the next log entries of a shard into `tickets`, what a buyer asks for by name. It
 * follows the log off the drain path: a row a ticket costs several times what deciding it does.
 *
 * @returns whether there may be more
 */
async function projectHistory(db: Db, shard: number): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    // Two workers may follow the log at once: the row lock makes one wait and see how far the other
    // came.
    await tx
      .insertInto('history')
      .values({ shard, seq: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const { seq: after } = await tx
      .selectFrom('history')
      .select('seq')
      .where('shard', '=', shard)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const entries = await tx
      .selectFrom('log')
      .select(['seq', 'kind', 'sale_id', 'entry', 'recorded_at'])
      .where('shard', '=', shard)
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(STEP)
      .execute();
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
    await sql`
      insert into tickets (sale_id, line_number, buyer_id, ticket_id, ticket_ref, outcome, duplicate_of, decided_at,
        facts)
      select sale, line, buyer, ticket, ref, outcome, other, at, facts
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(sale text, line bigint, buyer text,
        ticket text, ref text, outcome text, other text, at timestamptz, facts text)`.execute(tx);
    await stock.save(tx);
    await tx.updateTable('history').set({ seq: last.seq }).where('shard', '=', shard).execute();
    return entries.length === STEP;
  });
}

/**
 * The rows of a decided batch: repeats of an attempt have none of their own. The stock moves on
 * from ticket to ticket, as it did when they were decided.
 */
function ticketRows(stock: RunningStock, entry: DecideEntry, at: string) {
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
