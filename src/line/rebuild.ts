import type { Redis } from 'ioredis';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { Db, Tx } from '../db/client.ts';
import { type DecideEntry, type RestockEntry, ticketAt } from '../domain/entry.ts';
import { DomainError } from '../domain/errors.ts';
import { formatRef } from '../domain/ticket.ts';
import type { EpochKeys, ShardKeys } from '../redis/keys.ts';
import { flip } from '../redis/scripts/flip.ts';
import { saleFields } from '../redis/scripts/load.ts';
import { formatDeadline } from '../redis/scripts/publish.ts';

/** Log rows read at a time. */
const PAGE = 500;

/** The advisory locks of rebuilds: class, then shard. */
const LOCK_CLASS = 0x4641_4952;

/**
 * Writes the state of a shard in Redis anew from Postgres, in a new epoch (I9). Where another process has
 * rebuilt it meanwhile, nothing happens.
 *
 * @param seen the epoch in Redis that was found wanting; undefined when there was none
 * @returns the shard's epoch
 * @throws Error when another rebuild holds the lock for more than 5 s: look again whether it is needed
 */
export async function rebuild(
  deps: { redis: Redis; db: Db; log: Logger },
  keys: ShardKeys,
  shard: number,
  seen: number | undefined,
): Promise<number> {
  const { redis, db, log } = deps;
  return db.connection().execute(async (connection) => {
    await sql`select set_config('lock_timeout', '5s', false)`.execute(connection);
    try {
      await sql`select pg_advisory_lock(${LOCK_CLASS}, ${shard})`.execute(connection);
    } finally {
      await sql`select set_config('lock_timeout', '0', false)`.execute(connection);
    }
    try {
      const current = await readEpoch(redis, keys);
      const before = await connection
        .selectFrom('shards')
        .select('epoch')
        .where('shard', '=', shard)
        .executeTakeFirstOrThrow();
      if (current !== undefined && current >= before.epoch && current > (seen ?? -1))
        return current;

      const epoch = Math.max(before.epoch, current ?? 0) + 1;
      await connection.updateTable('shards').set({ epoch }).where('shard', '=', shard).execute();
      const oldSeq = await redis.hget(keys.at(current ?? 0).state, 'seq');

      const head = await connection
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute(async (tx) => {
          await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx);
          return writeEpoch(tx, redis, keys.at(epoch), shard);
        });
      const behind = oldSeq === null || Number(oldSeq) < head.seq;
      const reply = await flip(redis, keys, { epoch, ...head, behind });
      if (reply.status === 'INCOMPLETE') {
        throw new DomainError(
          'unavailable',
          'Redis lost data while a shard was rebuilt: once more.',
        );
      }
      await dropOlderEpochs(redis, keys, epoch);
      if (head.seq === 0) log.debug({ shard, epoch }, 'new shard');
      else log.warn({ shard, epoch, from: current, behind }, 'rebuilt from Postgres');
      return epoch;
    } finally {
      await sql`select pg_advisory_unlock(${LOCK_CLASS}, ${shard})`.execute(connection);
    }
  });
}

/** The shard's epoch in Redis, undefined when Redis has none. */
export async function readEpoch(redis: Redis, keys: ShardKeys): Promise<number | undefined> {
  const text = await redis.get(keys.epoch);
  return text === null ? undefined : Number(text);
}

interface Head {
  readonly seq: number;
  readonly job: number;
  readonly passed: Record<string, number>;
}

async function writeEpoch(tx: Tx, redis: Redis, at: EpochKeys, shard: number): Promise<Head> {
  await redis.hset(at.state, 'building', 1); // gone when Redis is flushed meanwhile: flip.lua looks for it
  const row = await tx
    .selectFrom('shards')
    .select(['log_seq', 'last_job', 'passed'])
    .where('shard', '=', shard)
    .executeTakeFirstOrThrow();
  const sales = await tx
    .selectFrom('sales')
    .selectAll()
    .where('shard', '=', shard)
    .where('last_seq', 'is not', null)
    .execute();
  for (const sale of sales) {
    const products = await tx
      .selectFrom('products')
      .select(['available', 'held', 'sold'])
      .where('sale_id', '=', sale.id)
      .orderBy('index')
      .execute();
    await redis.hset(
      at.sale(sale.id).sale,
      saleFields({
        starts: sale.starts_at.getTime(),
        ends: sale.ends_at.getTime(),
        limit: sale.per_buyer_limit,
        holdMs: sale.hold_seconds * 1000,
        closed: sale.closed,
        line: sale.line_number,
        products,
      }),
    );
    await writeClaims(tx, redis, at, sale.id);
  }
  await writeLogged(tx, redis, at, shard);
  return {
    seq: row.log_seq,
    job: row.last_job,
    passed: {
      '*': row.passed,
      ...Object.fromEntries(sales.map((sale) => [sale.id, sale.passed])),
    },
  };
}

/** Holds with their deadlines, and what each buyer has. */
async function writeClaims(tx: Tx, redis: Redis, at: EpochKeys, saleId: string): Promise<void> {
  const orders = await tx
    .selectFrom('orders')
    .innerJoin('order_items', 'order_items.order_id', 'orders.id')
    .select((eb) => [
      'ticket_id',
      'ticket_ref',
      'buyer_id',
      'status',
      'hold_seq',
      'hold_expires_at',
      eb.fn.sum<string>('quantity').as('units'),
    ])
    .where('sale_id', '=', saleId)
    .where('status', 'in', ['held', 'paid'])
    .groupBy('orders.id')
    .execute();
  const keys = at.sale(saleId);
  const buyers = new Map<string, { units: number; live: string }>();
  const holds: string[] = [];
  const deadlines: (string | number)[] = [];
  for (const order of orders) {
    const buyer = buyers.get(order.buyer_id) ?? { units: 0, live: '' };
    buyer.units += Number(order.units);
    buyers.set(order.buyer_id, buyer);
    if (order.status !== 'held') continue;
    buyer.live = order.ticket_ref;
    holds.push(order.ticket_id, `${order.hold_seq}|${order.ticket_ref}|${order.buyer_id}`);
    deadlines.push(
      order.hold_expires_at.getTime(),
      formatDeadline({ sale: saleId, ticket: order.ticket_id, hold: order.hold_seq }),
    );
  }
  await writeHash(redis, keys.holds, holds);
  await writeHash(
    redis,
    keys.buyers,
    [...buyers].flatMap(([buyer, { units, live }]) => [buyer, `${units}|${live}`]),
  );
  for (let i = 0; i < deadlines.length; i += 1000) {
    await redis.zadd(at.deadlines, ...deadlines.slice(i, i + 1000));
  }
}

/** What only the log has: outcomes by batch, attempts by key, restocks by key. */
async function writeLogged(tx: Tx, redis: Redis, at: EpochKeys, shard: number): Promise<void> {
  const attempts = new Set<string>();
  for (let after = 0; ; ) {
    const rows = await tx
      .selectFrom('log')
      .select(['seq', 'entry'])
      .where('shard', '=', shard)
      .where('kind', 'in', ['decide', 'restock'])
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.seq;

    const outcomes: string[] = [];
    const first = new Map<string, string[]>();
    const restocks = new Map<string, string[]>();
    for (const { seq, entry: text } of rows) {
      const entry = JSON.parse(text) as DecideEntry | RestockEntry;
      if (entry.k === 'restock') {
        push(restocks, entry.sale, entry.key, `${seq}|${entry.index}|${entry.delta}`);
        continue;
      }
      outcomes.push(entry.batch.uid, outcomeRecord(seq, entry));
      for (const [index, ticket] of entry.batch.t.entries()) {
        const key = ticket[2];
        if (key === undefined || attempts.has(`${entry.batch.sale} ${key}`)) continue;
        attempts.add(`${entry.batch.sale} ${key}`); // the first ticket of an attempt stands for it
        push(first, entry.batch.sale, key, formatRef(ticketAt(entry, index)));
      }
    }
    await writeHash(redis, at.outcomes, outcomes);
    for (const [sale, fields] of first) await writeHash(redis, at.sale(sale).attempts, fields);
    for (const [sale, fields] of restocks) await writeHash(redis, at.sale(sale).restocks, fields);
  }
}

/** The outcome of a batch as decide.lua writes it. */
function outcomeRecord(seq: number, entry: DecideEntry): string {
  const more = entry.refs === undefined ? '' : JSON.stringify(entry.refs);
  return `${seq}|${entry.job}|${entry.line}|${entry.out}|${more}`;
}

function push(map: Map<string, string[]>, sale: string, field: string, value: string): void {
  const fields = map.get(sale) ?? [];
  fields.push(field, value);
  map.set(sale, fields);
}

async function writeHash(redis: Redis, key: string, fields: readonly string[]): Promise<void> {
  for (let i = 0; i < fields.length; i += 1000) {
    await redis.hset(key, ...fields.slice(i, i + 1000));
  }
}

/** Removes what older epochs of the shard left behind. */
async function dropOlderEpochs(redis: Redis, keys: ShardKeys, epoch: number): Promise<void> {
  const ours = new RegExp(`^${RegExp.escape(keys.prefix)}:(\\d+):`);
  for await (const found of redis.scanStream({ match: `${keys.prefix}:*`, count: 1000 })) {
    const old = (found as string[]).filter((key) => {
      const match = ours.exec(key);
      return match !== null && Number(match[1]) < epoch;
    });
    if (old.length > 0) await redis.unlink(...old);
  }
}
