import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import { findLogEntry } from '../db/log.ts';
import { readLogHead } from '../db/log-head.ts';
import { fromRow } from '../db/sale-row.ts';
import { findSale } from '../db/sales.ts';
import { findArchiveState, findKnownSales } from '../db/shard-sales.ts';
import { type Entry, loadEntryOf, RESTORES } from '../domain/entry.ts';
import { DomainError } from '../domain/errors.ts';
import { FORMAT, formatOf } from '../domain/format.ts';
import { NewerFormat } from '../domain/newer-format.ts';
import { isOutage } from '../process/outage.ts';
import type { RedisClient } from '../redis/client.ts';
import { type JournalEntry, readUnpublished } from '../redis/journal.ts';
import { ShardKeys } from '../redis/keys.ts';
import { isLoaded, readEpoch } from '../redis/line-reads.ts';
import type { AnyReply, Change, Need, Operation } from '../redis/operation.ts';
import { load } from '../redis/scripts/load.ts';
import { publish } from '../redis/scripts/publish.ts';
import { readLeftWaitlist } from './left-waitlist.ts';
import { isBehind, readShardMarks, type ShardMarks } from './marks.ts';
import { type Finding, rebuild } from './rebuild.ts';
import { JournalMismatch, logRecorded, type Recorded, readRecorded, record } from './record.ts';
import { restoreSale } from './restore.ts';
import { SharedRuns } from './shared-runs.ts';

/**
 * What a process needs for every shard. `observe` gets each group that this process recorded;
 * `format` is the newest format that it knows, {@link FORMAT} when omitted.
 */
export interface LineDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly log: Logger;
  readonly observe?: (recorded: { entries: number; seconds: number }) => void;
  readonly format?: number;
}

/** A reply, except the refusals that the shard itself resolves: a newer epoch, a sale to load. */
type Settled<R> = Exclude<R, { status: 'STALE_EPOCH' | 'NOT_LOADED' }>;

/** How often a script is retried after a refusal before the line is reported unavailable. */
const MAX_REFUSALS = 5;

/**
 * One process's handle on one shard: it knows the epoch, runs the shard's scripts, records the
 * journal and publishes. Everything in it can be done by any process at any time.
 */
export class Shard {
  readonly id: number;
  readonly keys: ShardKeys;
  /** The newest format that this process knows. */
  readonly format: number;
  readonly #deps: LineDeps;
  readonly #checks = new SharedRuns(() => this.#check());
  readonly #drains = new SharedRuns(() => this.#drain());
  #epoch: number | undefined;
  /** What the last check found in Redis. */
  #found: ShardMarks | undefined;
  /** Raised by every invalidation: the result of a check that began earlier is discarded. */
  #generation = 0;

  constructor(deps: LineDeps, id: number) {
    this.#deps = deps;
    this.id = id;
    this.format = deps.format ?? FORMAT;
    this.keys = new ShardKeys(id);
  }

  /** The shard's epoch, read once, and again whenever a script reports it as stale. */
  async epoch(): Promise<number> {
    if (this.#epoch === undefined) await this.check();
    return this.#epoch ?? this.epoch();
  }

  /**
   * Makes the next script check Redis first: it was unavailable, and may have come back as an older
   * copy.
   */
  invalidate(): void {
    this.#epoch = undefined;
    this.#generation++;
  }

  /**
   * Checks whether Redis has the shard as the log left it, or newer, and rebuilds it if not: keys
   * are missing, the epoch differs from Postgres's, the journal ends before the log does, more is
   * public than the log has, or the queue has forgotten its numbers. Also detects a rebuild by
   * another process.
   *
   * While Postgres is unavailable, a Redis that is not older than at the last check is trusted.
   *
   * @throws NewerFormat when the log has what this process does not know: it leaves the shard alone
   */
  check(): Promise<void> {
    return this.#checks.run();
  }

  async #check(): Promise<void> {
    const { redis, db } = this.#deps;
    const generation = this.#generation;
    let head: Awaited<ReturnType<typeof readLogHead>>;
    try {
      // Before Redis, so that the log can only be behind the journal.
      head = await readLogHead(db, this.id);
    } catch (error) {
      const found = this.#found;
      if (!isOutage(error) || found === undefined || !(await this.#isAsNew(found))) throw error;
      this.#trust(found, generation);
      return;
    }
    this.#refuseNewer(head);
    const found = await readShardMarks(redis, this.keys);
    const { epoch } = found;
    if (epoch === undefined || epoch < head.epoch || isBehind(found, head.seq)) {
      await this.rebuild({ seen: epoch });
      return;
    }
    if (epoch > head.epoch || found.published > head.seq) {
      // Recorded or rebuilt since we read the log; else Postgres was restored to an older state.
      const again = await readLogHead(db, this.id);
      if (epoch > again.epoch || found.published > again.seq) {
        await this.rebuild({ seen: epoch });
        return;
      }
    }
    this.#trust(found, generation);
  }

  #refuseNewer({ format }: { readonly format: number }): void {
    if (format > this.format) throw new NewerFormat(`shard ${this.id}`);
  }

  async #isAsNew(before: ShardMarks): Promise<boolean> {
    const now = await readShardMarks(this.#deps.redis, this.keys);
    return (
      now.epoch === before.epoch &&
      now.seq >= before.seq &&
      now.published >= before.published &&
      now.queued >= before.queued
    );
  }

  /** Adopts what was found, unless Redis has been unavailable since the check began. */
  #trust(found: ShardMarks, generation: number): void {
    if (generation !== this.#generation) return;
    this.#found = found;
    this.#epoch = found.epoch;
  }

  /**
   * Rebuilds the shard in Redis from Postgres; does nothing when Redis has a newer epoch by now.
   */
  async rebuild(finding: Finding): Promise<number> {
    const generation = this.#generation;
    const epoch = await rebuild(this.#deps, this.keys, this.id, finding);
    this.#trust(await readShardMarks(this.#deps.redis, this.keys), generation);
    return epoch;
  }

  /**
   * Runs an operation until it is not refused for a stale epoch or a sale that is not loaded.
   *
   * @returns the reply, and the epoch that the script ran in
   * @throws DomainError sale_not_found, or unavailable when the refusals do not end
   */
  async run<Args extends object, R extends AnyReply>(
    operation: Operation<Args, R>,
    args: NoInfer<Args>,
  ): Promise<Settled<R> & { epoch: number }> {
    for (let refusals = 0; refusals < MAX_REFUSALS; refusals++) {
      const epoch = await this.epoch();
      const reply = await operation.run(this.#deps.redis, this.keys, epoch, args);
      if (reply.status === 'STALE_EPOCH') {
        this.#epoch = undefined;
      } else if (reply.status === 'NOT_LOADED') {
        await this.#load(saleToLoad(reply, args), epoch, operation.needs);
      } else {
        return { ...(reply as Settled<R>), epoch };
      }
    }
    throw new DomainError('unavailable');
  }

  /**
   * Makes a change and waits until it is public, whether this call made it or an earlier one. If a
   * rebuild dropped the entry before it was recorded, the script runs again on what was recorded:
   * Redis may have come back as an older copy at that moment, and given the entry a number that the
   * log already used.
   *
   * @throws DomainError as {@link run}
   */
  async change<Args extends object, R extends AnyReply>(
    change: Change<Args, R>,
    args: NoInfer<Args>,
  ): Promise<Settled<R>> {
    for (let lost = 0; lost < MAX_REFUSALS; lost++) {
      const generation = this.#generation;
      const reply = await this.run(change, args);
      const { status, seq } = reply;
      if (seq === undefined) {
        if (!change.earlier.includes(status)) return reply;
        await this.drain();
        const isSame = generation === this.#generation && (await this.epoch()) === reply.epoch;
        if (isSame) return reply;
        continue; // the earlier entry may have been dropped with its epoch
      }
      await this.drain();
      if (await this.#isLogged(seq, (entry) => change.isEntry(entry, args))) return reply;
    }
    throw new DomainError('unavailable');
  }

  async #isLogged(seq: number, isOurs: (entry: Entry) => boolean): Promise<boolean> {
    const entry = await findLogEntry(this.#deps.db, this.id, seq);
    return entry !== undefined && isOurs(entry);
  }

  /** The given sales that belong to this shard. */
  knownSales(ids: readonly string[]): Promise<Set<string>> {
    return findKnownSales(this.#deps.db, this.id, ids);
  }

  /**
   * Loads a sale that a script did not find: for the first time, or from the archive. Any other
   * that is in the log is restored by a rebuild of its shard.
   */
  async #load(saleId: string, epoch: number, needs: Need): Promise<void> {
    const { db, redis } = this.#deps;
    await this.drain(); // its load, its archive entry or its return may not be on record yet
    const { seq } = await readLogHead(db, this.id);
    const found = await findSale(db, saleId);
    if (found === undefined || found.sale.shard !== this.id) {
      throw new DomainError('sale_not_found');
    }
    const { sale, products } = found;
    if (sale.last_seq !== null) {
      if (await this.#bringBack(saleId, epoch, needs)) return;
      // Another process may have loaded it since the script ran.
      const isThere = await isLoaded(redis, this.keys.at(epoch), saleId);
      if (!isThere) await this.rebuild({ seen: epoch });
      return;
    }
    const stock = products.map((product) => product.total);
    const entry = loadEntryOf(saleId, fromRow(sale), stock);
    const reply = await load.run(redis, this.keys, epoch, { entry, seq });
    if (reply.status === 'STALE_EPOCH') this.#epoch = undefined;
  }

  /**
   * Brings a sale back from the archive, as far as an operation needs it.
   *
   * @returns false when that is not what it lacks
   * @throws DomainError sale_closed for what only an open sale takes
   */
  async #bringBack(sale: string, epoch: number, needs: Need): Promise<boolean> {
    const { redis, db, log } = this.#deps;
    let isBack = false;
    for (let step = 0; step < RESTORES.length; step++) {
      if (step > 0) await this.drain();
      const what = (await findArchiveState(db, sale))?.missing ?? 'nothing';
      if (what === 'nothing' || (what === 'tickets' && needs === 'claims')) break;
      if (needs === 'open') throw new DomainError('sale_closed');
      const target = { shard: this.id, sale, what };
      const reply = await restoreSale({ redis, db }, this.keys, epoch, target);
      if (reply?.status === 'RESTORED') log.info(target, 'sale brought back from the archive');
      if (reply?.status === 'STALE_EPOCH') this.#epoch = undefined;
      isBack = reply?.status !== 'PRESENT';
    }
    return isBack;
  }

  /**
   * Records and publishes the journal. When it returns, every entry that was in the journal when it
   * was called is public, or was dropped by a rebuild. Concurrent calls share the work.
   *
   * @throws the error of Redis or Postgres while one of them is unavailable
   * @throws NewerFormat when the journal goes on with what this process does not know, or the log
   *   has such
   */
  drain(): Promise<void> {
    return this.#drains.run();
  }

  async #drain(): Promise<void> {
    const { redis, db, log } = this.#deps;
    for (;;) {
      const epoch = await this.epoch();
      const unpublished = await readUnpublished(redis, this.keys, epoch);
      const entries = this.#known(unpublished);
      const first = entries[0];
      if (first === undefined) {
        if ((await readEpoch(redis, this.keys)) === epoch) return;
        this.#epoch = undefined;
        continue;
      }
      try {
        const { recorded, fresh } = await this.#recordOrRead(epoch, entries);
        if (recorded === undefined) continue; // a newer epoch has begun
        const logged = entries.filter(({ seq }) => seq <= recorded.seq);
        const { status } = await publish.run(redis, this.keys, epoch, {
          shard: this.id,
          ...recorded,
          left: await readLeftWaitlist(db, logged),
          last: logged.at(-1) ?? first,
        });
        if (status === 'MISMATCH') {
          throw new JournalMismatch('the journal in Redis is not the one that was recorded');
        }
        if (fresh) logRecorded(log, this.id, entries);
      } catch (error) {
        if (!(error instanceof JournalMismatch)) throw error;
        log.error(
          { err: error, shard: this.id, epoch, seq: first.seq },
          'journal and log disagree',
        );
        await this.rebuild({ seen: epoch });
      }
    }
  }

  /**
   * The entries before the first that this process does not know: that and what follows is left to
   * a process that does (I3, I4).
   *
   * @throws NewerFormat when there are none before it
   */
  #known(entries: readonly JournalEntry[]): readonly JournalEntry[] {
    const newer = entries.findIndex(({ entry }) => formatOf(entry) > this.format);
    if (newer === 0) throw new NewerFormat(`entry ${entries[0]?.seq} of shard ${this.id}`);
    return newer === -1 ? entries : entries.slice(0, newer);
  }

  async #recordOrRead(
    epoch: number,
    entries: readonly JournalEntry[],
  ): Promise<{ recorded: Recorded | undefined; fresh: boolean }> {
    const { db, observe } = this.#deps;
    const startedAt = performance.now();
    const result = await record(db, this.id, epoch, entries, this.format);
    if (result.status === 'recorded') {
      observe?.({ entries: entries.length, seconds: (performance.now() - startedAt) / 1000 });
      return { recorded: result.recorded, fresh: true };
    }
    const head = await readLogHead(db, this.id);
    this.#refuseNewer(head);
    if (head.epoch > epoch) {
      // I9: what an older epoch did not record is dropped; the rebuild's lock shows whether its
      // flip has happened.
      this.#epoch = undefined;
      return { recorded: undefined, fresh: false };
    }
    if (head.epoch < epoch) {
      throw new JournalMismatch(
        `Postgres is in epoch ${head.epoch}: it was restored to an older state`,
      );
    }
    if (head.seq + 1 === entries[0]?.seq) {
      // The previous recorder has just committed: retry.
      return { recorded: undefined, fresh: false };
    }
    return { recorded: await readRecorded(db, this.id, entries), fresh: false };
  }
}

/** The sale that a script did not find: named by the reply, or the only one of the operation. */
function saleToLoad(reply: object, args: object): string {
  const sale = 'sale' in reply ? reply.sale : 'sale' in args ? args.sale : undefined;
  if (typeof sale !== 'string')
    throw new Error('a script reports a missing sale that neither reply nor arguments name');
  return sale;
}
