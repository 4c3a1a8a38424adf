import { sql } from 'kysely';
import type { Db } from '../../src/db/client.ts';

/** Tickets of a batch. */
const BATCH = 100;

/** Units that each sale sold. */
const SOLD = 20;

interface EndedSales {
  readonly shard: number;
  readonly sales: number;
  /** Of each sale; a multiple of 100. */
  readonly tickets: number;
  /** Whether they are archived. */
  readonly isArchived: boolean;
}

/**
 * Writes sales that have ended, as playing them would have left them in Postgres: log, history,
 * orders and ledger. They are named `ended-…`; their entries come behind the end of the shard's
 * log, and the log's head follows. The hashes of the chain are not those of the entries.
 */
export async function writeEndedSales(db: Db, ended: EndedSales): Promise<void> {
  const { shard, sales, tickets, isArchived } = ended;
  const batches = tickets / BATCH;
  await db.transaction().execute(async (tx) => {
    const { log_seq: base } = await tx
      .selectFrom('shards')
      .select('log_seq')
      .where('shard', '=', shard)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const on = sql`${shard}::integer`;
    const name = sql`${`ended-${shard}-${base}-`}::text`;
    const everySale = sql`generate_series(1, ${sales}::bigint) as s`;
    const everySold = sql`generate_series(1, ${SOLD}::bigint) as t`;
    const seqOf = sql`${base}::bigint + (s - 1) * ${batches + 1}::bigint`;
    const last = base + sales * (batches + 1);
    await sql`
      insert into sales (id, shard, name, description, starts_at, ends_at, closed, per_buyer_limit,
        hold_seconds, line_number, passed, last_seq, archived_seq)
      select ${name} || s, ${on}, 'Ended', '', now() - interval '2 days',
        now() - interval '1 day', 'ended', 2, 600, ${tickets}::bigint, ${tickets}::bigint,
        ${seqOf} + ${batches + 1}::bigint,
        case when ${isArchived}::boolean then ${seqOf} + ${batches + 1}::bigint end
      from ${everySale}`.execute(tx);
    await sql`
      insert into products (id, sale_id, index, name, description, amount, currency, total,
        available, sold)
      select ${name} || s || '-0', ${name} || s, 0, 'P', '', 0, 'eur', ${SOLD}::integer, 0,
        ${SOLD}::integer
      from ${everySale}`.execute(tx);
    // Batches as decide.lua journals them, whose tickets found nothing.
    await sql`
      insert into log (shard, seq, epoch, kind, sale_id, batch_uid, job, entry, hash)
      select ${on}, ${seqOf} + b, 1, 'decide', ${name} || s, ${name} || s || '-' || b,
        ${seqOf} + b, '{"k":"decide","job":1,"line":0,"out":"' || repeat('S', ${BATCH}::integer)
          || '","batch":{"uid":"' || ${name} || s || '-' || b || '","sale":"' || ${name} || s
          || '","at":1,"epoch":1,"pos":1,"all":1,"t":['
          || (select string_agg('["buyer-' || b || '-' || t || '","0x1","'
              || md5(s || '-' || b || '-' || t) || '"]', ',')
            from generate_series(1, ${BATCH}::integer) as t) || ']}}',
        '\\x00'::bytea
      from ${everySale}, generate_series(1, ${batches}::bigint) as b
      union all
      select ${on}, ${seqOf} + ${batches + 1}::bigint, 1, 'close', ${name} || s, null, null,
        '{"k":"close"}', '\\x00'::bytea
      from ${everySale}`.execute(tx);
    await sql`
      insert into tickets (sale_id, line_number, buyer_id, ticket_id, ticket_ref, outcome,
        decided_at)
      select ${name} || s, t, 'buyer-' || t, 'uid-' || s || '.' || t,
        'uid-' || s || '.' || t || '.1.1.1.0x1.' || md5(s || '-' || t), 'sold_out', now()
      from ${everySale}, generate_series(1, ${tickets}::bigint) as t`.execute(tx);
    await sql`
      insert into orders (id, sale_id, ticket_id, ticket_ref, buyer_id, status, line_number,
        amount, currency, hold_seq, hold_expires_at, paid_at)
      select ${name} || s || '-' || t, ${name} || s, ${name} || s || '.' || t,
        'u' || s || '.' || t || '.1.1.1.0x1.', 'buyer-' || t, 'paid', t, 0, 'eur', 1, now(), now()
      from ${everySale}, ${everySold}`.execute(tx);
    await sql`
      insert into order_items (order_id, product_id, quantity, amount)
      select ${name} || s || '-' || t, ${name} || s || '-0', 1, 0
      from ${everySale}, ${everySold}`.execute(tx);
    await sql`
      insert into inventory_ledger (shard, seq, product_id, cause, available, held, sold)
      select ${on}, ${seqOf} + 1, ${name} || s || '-0', cause, available, held, sold
      from ${everySale}, ${everySold},
        (values ('held', -1, 1, 0), ('paid', 0, -1, 1))
          as move(cause, available, held, sold)`.execute(tx);
    await tx.updateTable('shards').set({ log_seq: last }).where('shard', '=', shard).execute();
    await sql`
      insert into history (shard, seq) values (${shard}, ${last})
      on conflict (shard) do update set seq = excluded.seq`.execute(tx);
  });
}
