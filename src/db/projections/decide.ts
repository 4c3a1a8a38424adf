import { sql } from 'kysely';
import type { Deadline } from '../../domain/deadline.ts';
import { type DecideEntry, lineNumberAt, ticketAt } from '../../domain/entry.ts';
import { nameOf, outcomeOf } from '../../domain/outcome.ts';
import { formatRef, identityOf } from '../../domain/ticket.ts';
import type { Tx } from '../client.ts';
import { projectHolds, type Winner } from './holds.ts';

export interface Decided {
  readonly seq: number;
  readonly entry: DecideEntry;
}

/**
 * Projects a run of decided batches: holds for the winners, waitlist places for waiting tickets;
 * line numbers, positions and counts for all.
 *
 * @returns when the recorded holds end
 * @throws a constraint violation (I1, I6) when the journal contradicts what is recorded
 */
export async function projectDecides(
  tx: Tx,
  shard: number,
  run: readonly Decided[],
): Promise<Deadline[]> {
  await projectLines(tx, run);
  await projectWaiting(tx, run);
  const winners = run.flatMap(winnersOf);
  return winners.length > 0 ? projectHolds(tx, shard, winners) : [];
}

function winnersOf({ seq, entry }: Decided): Winner[] {
  return [...entry.out].flatMap((letter, index) => {
    if (letter !== 'H') return [];
    const [buyer = '', , , origin] = entry.batch.t[index] ?? [];
    return {
      seq,
      sale: entry.batch.sale,
      buyer,
      line: lineNumberAt(entry.line, entry.out, index),
      ref: ticketAt(entry, index),
      offered: false,
      counted: origin === undefined ? undefined : { origin, atMs: entry.batch.at },
    };
  });
}

/** The newly waiting tickets. */
async function projectWaiting(tx: Tx, run: readonly Decided[]): Promise<void> {
  const rows = run.flatMap(({ seq, entry }) =>
    [...entry.out].flatMap((letter, index) => {
      if (letter !== 'W') return [];
      const ref = ticketAt(entry, index);
      const [buyer = '', , , origin = ''] = entry.batch.t[index] ?? [];
      return {
        ticket_id: identityOf(ref),
        sale_id: entry.batch.sale,
        buyer_id: buyer,
        ticket_ref: formatRef(ref),
        items: ref.items,
        line_number: lineNumberAt(entry.line, entry.out, index),
        origin,
        seq,
      };
    }),
  );
  if (rows.length === 0) return;
  await sql`
    insert into waitlist (ticket_id, sale_id, buyer_id, ticket_ref, items, line_number, origin, seq)
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(ticket_id text,
      sale_id text, buyer_id text, ticket_ref text, items text, line_number bigint, origin text,
      seq bigint)`.execute(tx);
}

async function projectLines(tx: Tx, run: readonly Decided[]): Promise<void> {
  const lines = new Map<string, { id: string; line: number; passed: number; seq: number }>();
  const counts = new Map<string, { sale: string; outcome: string; count: number }>();
  for (const { seq, entry } of run) {
    const { sale, pos } = entry.batch;
    const line = lineNumberAt(entry.line, entry.out, entry.out.length - 1);
    lines.set(sale, { id: sale, line, passed: Math.max(pos, lines.get(sale)?.passed ?? 0), seq });
    for (const letter of entry.out) {
      const outcome = outcomeOf(letter);
      if (outcome === undefined) continue;
      const name = nameOf(outcome);
      const count = counts.get(`${sale} ${name}`) ?? { sale, outcome: name, count: 0 };
      count.count++;
      counts.set(`${sale} ${name}`, count);
    }
  }
  await sql`
    update sales set line_number = r.line, passed = greatest(sales.passed, r.passed),
      last_seq = r.seq
    from jsonb_to_recordset(${JSON.stringify([...lines.values()])}::jsonb)
      as r(id text, line bigint, passed bigint, seq bigint)
    where sales.id = r.id`.execute(tx);
  await sql`
    insert into sale_counts (sale_id, name, count)
    select sale, outcome, count
      from jsonb_to_recordset(${JSON.stringify([...counts.values()])}::jsonb)
      as r(sale text, outcome text, count bigint)
    on conflict (sale_id, name) do update set count = sale_counts.count + excluded.count`.execute(
    tx,
  );
}
