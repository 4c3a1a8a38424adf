import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import { listShardsDue, type ShardDue } from '../db/shard-looks.ts';
import type { RedisClient } from '../redis/client.ts';
import { LOOKOUT } from '../redis/keys.ts';
import { endLease, holdLease } from '../redis/lease.ts';
import { glance, groupShards, readNextDeadline, type ShardGlance } from '../redis/shard-looks.ts';
import type { ShardService } from './shard-service.ts';
import { GRACE_MS } from './sweeps/end-sales.ts';

/** The longest pause between two looks while nothing happens, in ms. */
const QUIET_MS = 500;

/** While something happens. */
const BUSY_MS = 250;

/** The shortest: a hold that Postgres does not call over yet is looked at again. */
const SHORTEST_MS = 50;

/** How long the lease outlives its last renewal, in ms: then another worker looks. */
export const LEASE_MS = 1_000;

/** Without an answer about the lease for this long a worker looks, in ms. */
const PATIENCE_MS = 1_000;

/** A worker looks at least this often, whoever has the lease: should it be wrong, in ms. */
const LOOK_ROUND_MS = 60_000;

/** What no glance shows (deadlines, an older copy of Redis) is read this often, in ms. */
const CLOSE_LOOK_MS = 3_000;

/** With the newest format that a worker knows: the last of the tasks in its name. */
const FORMAT_TASK = 'format-';

interface LookoutDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly log: Logger;
  /** The process's clock, in ms since the epoch. */
  readonly nowMs: () => number;
  /** Whether holds that were left to a payment worker are to be looked for. */
  readonly findsLeftHolds: boolean;
  /** The sorts of tasks that this process looks for. */
  readonly tasks: readonly string[];
  /** The newest format that this process knows. */
  readonly format: number;
  /** Starts to serve a shard, once. */
  readonly serve: (shard: number) => ShardService;
}

/** What the lookout remembers of a shard. */
interface Known {
  readonly service: ShardService;
  /** The epoch that Redis had at the last glance: Postgres may not have been asked since. */
  epoch: number | undefined;
  /** The glance at which the shard was last found at rest, and the log then. */
  rest: (Omit<ShardGlance, 'hasJournal'> & { readonly seq: number }) | undefined;
  /** The next deadline, in ms by Postgres's clock. */
  deadlineMs: number;
  closeLookAtMs: number;
}

/**
 * Looks at all shards for all workers, and has done what is due. Every worker has one, and one at a
 * time looks; the lease that says which only saves work, since everything that a look leads to may
 * be done by any number of processes.
 *
 * An idle shard costs two reads per {@link CLOSE_LOOK_MS}; all shards together one query and two
 * commands per {@link QUIET_MS}.
 */
export class Lookout {
  readonly #deps: LookoutDeps;
  readonly #name: string;
  /** Who has the lease, as far as is known. */
  #holder: string | undefined;
  /** Until then another is to look, which has Postgres; on the clock of `performance.now()`. */
  #outUntilMs = 0;
  #roundAtMs = performance.now() + LOOK_ROUND_MS;
  readonly #known = new Map<number, Known>();
  readonly #looking = new Map<string, Promise<void>>();
  #due: readonly ShardDue[] = [];
  /** Postgres's clock minus the process's, in ms. */
  #aheadMs = 0;
  #isLooking = false;
  #isBusy = false;
  #running: Promise<void>;
  readonly #stopped = new AbortController();

  constructor(deps: LookoutDeps) {
    this.#deps = deps;
    const knows = [...deps.tasks, `${FORMAT_TASK}${deps.format}`];
    this.#name = [hostname(), process.pid, randomUUID(), knows.join()].join(':');
    this.#running = this.#run();
  }

  /** Whether this process is the one that looks. */
  get isLooking(): boolean {
    return this.#isLooking;
  }

  /**
   * Whether this process is to look for a sort of tasks: as the one that looks, or because that one
   * does not know them.
   */
  looksFor(task: string): boolean {
    if (this.#isLooking) return true;
    return this.#holder !== undefined && !tasksOf(this.#holder).includes(task);
  }

  /** Whether a shard's history is behind its log. */
  get isHistoryBehind(): boolean {
    return this.#due.some((due) => due.isHistoryBehind);
  }

  /** Whether the public log of a sale is behind the log. */
  get isPublicLogBehind(): boolean {
    return this.#due.some((due) => due.isPublicLogBehind);
  }

  /** Looks at everything again: Redis was unavailable. */
  invalidate(): void {
    for (const known of this.#known.values()) known.rest = undefined;
  }

  /** Ends the looks; another worker takes over. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    await Promise.all(this.#looking.values());
    if (this.#isLooking) await this.#giveWay();
  }

  /** Lets another worker look. */
  async #giveWay(): Promise<void> {
    this.#isLooking = false;
    this.#holder = undefined;
    this.#outUntilMs = performance.now() + LEASE_MS;
    const gone = endLease(this.#deps.redis, LOOKOUT, this.#name).catch(() => undefined);
    await Promise.race([gone, delay(PATIENCE_MS, undefined, { ref: false })]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        this.#isLooking = await this.#holdsLease();
        if (this.#isLooking) await this.#look();
      } catch (error) {
        this.#deps.log.warn({ err: error, timer: 'lookout' }, 'a look failed, will be retried');
      }
      await delay(this.#pauseMs(), undefined, { signal }).catch(() => undefined);
    }
  }

  /**
   * Whether to look: nobody else is known to, for want of an answer even; or it was long ago; or
   * who does is of an older version, which leaves alone what it does not know.
   */
  async #holdsLease(): Promise<boolean> {
    if (performance.now() < this.#outUntilMs) return false;
    const ours = this.#name;
    const holder = holdLease(this.#deps.redis, LOOKOUT, ours, LEASE_MS).catch(() => ours);
    this.#holder = await Promise.race([holder, delay(PATIENCE_MS, ours, { ref: false })]);
    const isDue = this.#holder === ours || performance.now() >= this.#roundAtMs;
    const looks = isDue || formatOf(this.#holder) < this.#deps.format;
    if (looks) this.#roundAtMs = performance.now() + LOOK_ROUND_MS;
    return looks;
  }

  #pauseMs(): number {
    if (!this.#isLooking) return QUIET_MS;
    const deadlines = [...this.#known.values()].map(({ deadlineMs }) => deadlineMs);
    const untilMs = Math.min(...deadlines) - this.#postgresMs();
    const longest = this.#isBusy ? BUSY_MS : QUIET_MS;
    return Math.min(longest, Math.max(SHORTEST_MS, untilMs));
  }

  #postgresMs(): number {
    return this.#deps.nowMs() + this.#aheadMs;
  }

  async #look(): Promise<void> {
    const { redis, db, log, nowMs, findsLeftHolds, serve } = this.#deps;
    try {
      this.#due = await listShardsDue(db, { graceMs: GRACE_MS, left: findsLeftHolds });
      this.#aheadMs = (this.#due[0]?.nowMs ?? nowMs()) - nowMs();
    } catch (error) {
      // What was due stays due, and Redis is looked at all the same. The lease is for a worker that
      // can record: where none can, they take turns.
      log.warn({ err: error, timer: 'lookout' }, 'Postgres cannot be asked what is due');
      await this.#giveWay();
    }
    this.#isBusy = false;
    for (const { shard } of this.#due) {
      if (this.#known.has(shard)) continue;
      const fresh = {
        epoch: undefined,
        rest: undefined,
        deadlineMs: Number.POSITIVE_INFINITY,
        closeLookAtMs: 0,
      };
      this.#known.set(shard, { service: serve(shard), ...fresh });
    }
    const looks = groupShards(redis, this.#due).map((group) => this.#lookAt(group));
    await Promise.race([Promise.all(looks), delay(PATIENCE_MS, undefined, { ref: false })]);
  }

  /** Looks at shards of one group, unless the last look at them has not ended. */
  async #lookAt(group: readonly ShardDue[]): Promise<void> {
    const name = group.map(({ shard }) => shard).join();
    if (this.#looking.has(name)) return;
    const look = this.#glanceAt(group)
      .catch((error: unknown) =>
        this.#deps.log.warn({ err: error, timer: 'lookout' }, 'a look failed, will be retried'),
      )
      .finally(() => this.#looking.delete(name));
    this.#looking.set(name, look);
    await look;
  }

  async #glanceAt(group: readonly ShardDue[]): Promise<void> {
    const shards = group.flatMap((due) => {
      const known = this.#known.get(due.shard);
      return known === undefined ? [] : { due, known };
    });
    if (shards.length === 0) return;
    const glances = await glance(
      this.#deps.redis,
      shards.map(({ due, known }) => ({
        keys: known.service.shard.keys,
        epoch: known.epoch ?? due.epoch,
      })),
    );
    await Promise.all(
      shards.map(async ({ due, known }, i) => {
        const seen = glances[i];
        if (seen !== undefined) await this.#lookCloser(due, known, seen);
      }),
    );
  }

  async #lookCloser(due: ShardDue, known: Known, seen: ShardGlance): Promise<void> {
    const { rest, service } = known;
    const { epoch, queued, hasJournal } = seen;
    known.epoch = epoch;
    const nowMs = performance.now();
    let isAtRest =
      rest !== undefined &&
      rest.epoch === epoch &&
      epoch === due.epoch &&
      rest.queued === queued &&
      rest.seq === due.seq;
    if (!isAtRest || nowMs >= known.closeLookAtMs) {
      const { seq, deadlineMs } = await readNextDeadline(
        this.#deps.redis,
        service.shard.keys,
        epoch ?? due.epoch,
      );
      known.deadlineMs = deadlineMs;
      // Spread over time, so that many shards do not come at once.
      known.closeLookAtMs = nowMs + CLOSE_LOOK_MS * (0.75 + Math.random() / 2);
      isAtRest &&= seq === due.seq;
    }
    const isDeadlineOver = known.deadlineMs <= this.#postgresMs();
    service.sweep({ ...due, nowMs: this.#postgresMs(), hasJournal, isDeadlineOver });
    if (isDeadlineOver) known.closeLookAtMs = 0; // the next look finds the next deadline
    if (hasJournal || isDeadlineOver || due.isOffering) this.#isBusy = true;
    if (isAtRest) return;
    this.#isBusy = true;
    known.rest = undefined;
    service.attend(() => {
      known.rest = { epoch, queued, seq: due.seq };
    });
  }
}

/** The newest format that the holder of the lease knows: the first when its name does not say. */
function formatOf(holder: string): number {
  const task = tasksOf(holder).find((one) => one.startsWith(FORMAT_TASK));
  return task === undefined ? 1 : Number(task.slice(FORMAT_TASK.length));
}

/** The sorts of tasks that the holder of the lease looks for, from its name. */
function tasksOf(holder: string): string[] {
  return holder.slice(holder.lastIndexOf(':') + 1).split(',');
}
