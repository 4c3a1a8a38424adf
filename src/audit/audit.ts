import {
  type AuditedEntry,
  type AuditedSale,
  findShardOf,
  readAuditedLeaves,
  readAuditedLog,
  readAuditedNodes,
  readAuditedSale,
} from '../db/audit-reads.ts';
import { type Db, inSnapshot, type Tx } from '../db/client.ts';
import { listLogKeys } from '../db/log-keys.ts';
import { FORMAT } from '../domain/format.ts';
import { countEntry, type LogCounts, NO_COUNTS } from '../domain/log-counts.ts';
import { compareAt } from '../line/reconcile.ts';
import { toBase64 } from '../proof/base64.ts';
import { parseSignedCheckpoint } from '../proof/checkpoint.ts';
import type { RedisClient } from '../redis/client.ts';
import { ShardKeys } from '../redis/keys.ts';
import { readEpoch } from '../redis/line-reads.ts';
import { type RememberedLog, readRemembered } from '../redis/published-logs.ts';
import { checkCheckpoint } from './check-checkpoint.ts';
import { LogCheck, ReplayCheck } from './check-log.ts';
import { checkPayments } from './check-payments.ts';
import { checkOrders, checkSale, HistoryCheck, LedgerCheck } from './check-projections.ts';
import { PublicLogCheck } from './check-public-log.ts';
import { takeEntry } from './effects.ts';
import { ExpectedSale, type Units } from './expected-sale.ts';
import { Part } from './part.ts';
import { RowReader } from './row-reader.ts';

interface AuditDeps {
  readonly db: Db;
  readonly redis: RedisClient;
}

/** What an audit found. */
export interface AuditReport {
  readonly sale: string;
  readonly name: string;
  readonly shard: number;
  /** The last line number. */
  readonly tickets: number;
  readonly counts: LogCounts;
  /** Tickets that ever got units. */
  readonly winners: number;
  /** Of all products. */
  readonly units: Units;
  readonly inversions: number;
  /** Fields that differ between Redis and Postgres; undefined where that could not be compared. */
  readonly drift: number | undefined;
  /** Undefined where nothing is in it. */
  readonly publicLog: { readonly size: number; readonly root: string } | undefined;
  readonly parts: readonly Part[];
}

/**
 * Checks a whole sale from inside: the log against the rules, and all that is made of the log
 * against it. It reads one snapshot, so that a sale that is selling is no difference, and changes
 * nothing.
 *
 * @returns undefined when there is no such sale
 */
export async function auditSale(deps: AuditDeps, sale: string): Promise<AuditReport | undefined> {
  const shard = await findShardOf(deps.db, sale);
  if (shard === undefined) return undefined;
  // Before the snapshot: what is remembered can only be older.
  const remembered = await readRemembered(deps.redis, new ShardKeys(shard), sale);
  const report = await inSnapshot(deps.db, (tx) => auditSnapshot(tx, sale, remembered));
  if (report === undefined) return undefined;
  const { part, drift } = await checkRedis(deps, report, shard);
  return { ...report, drift, parts: [...report.parts, part] };
}

/**
 * Checks what Postgres has of a sale, in a transaction that sees one moment.
 *
 * @param remembered the checkpoint that Redis remembers as published
 * @returns undefined when there is no such sale
 */
export async function auditSnapshot(
  tx: Tx,
  sale: string,
  remembered: RememberedLog | undefined,
): Promise<AuditReport | undefined> {
  const audited = await readAuditedSale(tx, sale);
  return audited && new Audit(tx, audited, remembered).run();
}

/** An audit of a snapshot. */
class Audit {
  readonly #tx: Tx;
  readonly #sale: AuditedSale;
  readonly #remembered: RememberedLog | undefined;
  readonly #log = new LogCheck();
  readonly #rules = new ReplayCheck();
  readonly #promises = new Part('invariants');
  readonly #expected = new ExpectedSale((violation) => this.#promises.differ(violation));
  readonly #ledger: LedgerCheck;
  readonly #history: HistoryCheck;
  readonly #leaves: PublicLogCheck | undefined;
  #counts = NO_COUNTS;

  constructor(tx: Tx, sale: AuditedSale, remembered: RememberedLog | undefined) {
    this.#tx = tx;
    this.#sale = sale;
    this.#remembered = remembered;
    this.#ledger = new LedgerCheck(tx, sale.id);
    this.#history = new HistoryCheck(tx, sale);
    const { publicLog: log, public_salt: salt } = sale;
    if (log === undefined) return;
    const rows = readAuditedLeaves(tx, { sale: sale.id, number: log.number });
    const claimed = parseSignedCheckpoint(log.checkpoint ?? '');
    const sizes = [log.checkpoint_size, claimed?.size ?? 0, remembered?.size ?? 0];
    this.#leaves = new PublicLogCheck(log, salt, new RowReader(rows), sizes);
  }

  async run(): Promise<AuditReport> {
    for await (const rows of readAuditedLog(this.#tx, this.#sale.id)) {
      for (const row of rows) await this.#take(row);
    }
    const parts = await this.#end();
    const { id, name, shard } = this.#sale;
    const { line, orders, stock, inversions } = this.#expected;
    const size = this.#sale.publicLog?.size ?? 0;
    return {
      ...{ sale: id, name, shard, tickets: line, counts: this.#counts, winners: orders.size },
      ...{ units: sumOf(stock), inversions, drift: undefined, parts },
      publicLog: this.#leaves && { size, root: toBase64(this.#leaves.root) },
    };
  }

  async #take(row: AuditedEntry): Promise<void> {
    const entry = this.#log.take(row, this.#sale.id);
    if (entry === undefined) return;
    const { seq } = row;
    this.#rules.take(seq, entry);
    takeEntry(this.#expected, seq, entry);
    this.#counts = countEntry(this.#counts, entry);
    await this.#leaves?.take(seq, entry);
    await this.#ledger.take(seq, this.#expected.moves);
    await this.#history.take(seq, this.#expected.tickets);
  }

  async #end(): Promise<Part[]> {
    const tx = this.#tx;
    const sale = this.#sale;
    const expected = this.#expected;
    await this.#log.end(tx, sale);
    this.#rules.end();
    await this.#ledger.end();
    await this.#history.end();
    this.#promises.compared = `order, stock, limits and payments, without the model`;
    return [
      ...[this.#log.part, this.#rules.part, this.#promises],
      ...(await this.#endPublicLog()),
      checkSale(sale, expected),
      await checkOrders(tx, sale, expected),
      this.#ledger.part,
      await checkPayments(tx, sale, expected),
      this.#history.part,
    ];
  }

  async #endPublicLog(): Promise<Part[]> {
    const { id: sale, publicLog: log } = this.#sale;
    const leaves = this.#leaves;
    if (log === undefined || leaves === undefined) {
      const part = new Part('public log');
      part.note('Nothing is in it yet.');
      return [part];
    }
    await leaves.end(new RowReader(readAuditedNodes(this.#tx, { sale, number: log.number })));
    const vkeys = await listLogKeys(this.#tx);
    const remembered = this.#remembered;
    return [leaves.part, await checkCheckpoint({ log, leaves, vkeys, remembered })];
  }
}

function sumOf(stock: readonly Units[]): Units {
  return stock.reduce(
    (sum, { available, held, sold }) => ({
      available: sum.available + available,
      held: sum.held + held,
      sold: sum.sold + sold,
    }),
    { available: 0, held: 0, sold: 0 },
  );
}

/** Compares what Redis has of the sale with what a rebuild would write. */
async function checkRedis(
  { db, redis }: AuditDeps,
  { sale }: AuditReport,
  shard: number,
): Promise<{ part: Part; drift: number | undefined }> {
  const part = new Part('Redis');
  const keys = new ShardKeys(shard);
  const epoch = await readEpoch(redis, keys);
  const found =
    epoch === undefined
      ? undefined
      : await compareAt({ db, redis }, { id: shard, keys, format: FORMAT }, epoch, { sale });
  if (found === undefined || found.status === 'busy') {
    part.note(
      'Entries of its shard are on their way: not compared. Run it again when it is quiet.',
    );
    return { part, drift: undefined };
  }
  part.compared = 'every field that a rebuild would write';
  if (found.status === 'same') return { part, drift: 0 };
  for (const { key, field, redis: there, postgres } of found.drift) {
    part.differ(`${field} of ${key} is ${there}, by Postgres ${postgres}`);
  }
  return { part, drift: found.drift.length };
}

/** Whether everything is as it should be. */
export function isSound({ parts, inversions }: AuditReport): boolean {
  return inversions === 0 && parts.every(({ difference }) => difference === undefined);
}
