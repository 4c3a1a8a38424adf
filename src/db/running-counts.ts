import { sql } from 'kysely';
import { type Db, inSnapshot, type Tx } from './client.ts';

interface Sale {
  readonly id: string;
  readonly shard: number;
  readonly createdAt: Date;
  /** Null while Redis has it. */
  readonly archivedSeq: number | null;
}

/** What the last read has found. */
interface Found {
  /** The counts of the archived sales, added up. */
  readonly over: ReadonlyMap<string, number>;
  /** The sales that Redis had. */
  readonly live: ReadonlySet<string>;
  /** The last entry of each shard that archived a sale. */
  readonly seqs: Readonly<Record<string, number>>;
  readonly at: Date;
}

const NOTHING: Found = { over: new Map(), live: new Set(), seqs: {}, at: new Date(0) };

/**
 * What the projections count, added up over all sales (see SaleMetrics). The counts of archived
 * sales do not change: they are added up once, so that a read costs what is going on and not what
 * has ever been.
 */
export class RunningCounts {
  readonly #db: Db;
  #found: Found | undefined;

  constructor(db: Db) {
    this.#db = db;
  }

  /** One read at a time. @returns the sums by name */
  async read(): Promise<ReadonlyMap<string, number>> {
    const { found, counts } = await inSnapshot(this.#db, (tx) => readCounts(tx, this.#found));
    this.#found = found;
    return counts;
  }
}

async function readCounts(tx: Tx, before: Found | undefined) {
  const { live, archived, at } = await readSales(tx, before ?? NOTHING);
  // What was archived before and has come back since may have changed meanwhile.
  const wasLive = ({ id, createdAt }: Sale) =>
    before !== undefined && (before.live.has(id) || createdAt > before.at);
  const isAdded = before !== undefined && [...live, ...archived].every(wasLive);
  const over = isAdded ? sum(before.over, await countSales(tx, archived)) : await countArchived(tx);
  const seqs = { ...before?.seqs };
  for (const { shard, archivedSeq } of archived) {
    seqs[shard] = Math.max(seqs[shard] ?? 0, archivedSeq ?? 0);
  }
  const found: Found = { over, live: new Set(live.map(({ id }) => id)), seqs, at };
  return { found, counts: sum(over, await countSales(tx, live)) };
}

/** The sales that Redis has, and those that were archived since. Both by an index. */
async function readSales(tx: Tx, { seqs }: Found) {
  const { rows } = await sql<Sale & { at: Date }>`
    select sale.*, transaction_timestamp() as at from shards cross join lateral (
      select id, sales.shard, created_at as "createdAt", archived_seq as "archivedSeq" from sales
        where sales.shard = shards.shard and archived_seq is null
      union all
      select id, sales.shard, created_at, archived_seq from sales
        where sales.shard = shards.shard and archived_seq
          > coalesce((${JSON.stringify(seqs)}::jsonb ->> shards.shard::text)::bigint, 0)
    ) as sale`.execute(tx);
  const [live, archived] = [
    rows.filter(({ archivedSeq }) => archivedSeq === null),
    rows.filter(({ archivedSeq }) => archivedSeq !== null),
  ];
  return { live, archived, at: rows[0]?.at ?? new Date(0) };
}

interface Row {
  readonly name: string;
  readonly count: number;
}

async function countSales(tx: Tx, sales: readonly Sale[]): Promise<readonly Row[]> {
  if (sales.length === 0) return [];
  const ids = sales.map(({ id }) => id);
  const { rows } = await sql<Row>`
    select name, sum(count)::bigint as count from sale_counts
    where sale_id = any(${ids}) group by name`.execute(tx);
  return rows;
}

async function countArchived(tx: Tx): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<Row>`
    select sale_counts.name, sum(count)::bigint as count
    from sale_counts join sales on sales.id = sale_id
    where archived_seq is not null group by sale_counts.name`.execute(tx);
  return sum(new Map(), rows);
}

function sum(before: ReadonlyMap<string, number>, more: readonly Row[]): Map<string, number> {
  const counts = new Map(before);
  for (const { name, count } of more) counts.set(name, (counts.get(name) ?? 0) + count);
  return counts;
}
