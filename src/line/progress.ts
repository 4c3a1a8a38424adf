import type { Logger } from 'pino';
import type { RedisClient } from '../redis/client.ts';
import { ShardKeys } from '../redis/keys.ts';
import { readEpoch, readProgress, readQueued } from '../redis/line-reads.ts';
import type { Announcement } from '../redis/scripts/publish.ts';
import { glanceAtLines, groupShards, type LineGlance } from '../redis/shard-looks.ts';
import { subscribeToProgress } from '../redis/subscribe.ts';

/** How far a shard's log has come: what is at or behind it is durable and public. */
interface ShardProgress {
  epoch: number;
  seq: number;
  job: number;
  /** The last job that is known to be queued. */
  queued: number;
  /** Highest position passed, by sale. */
  passed: Map<string, number>;
  /** Tickets passed per second, smoothed; 0 before the first measurement. */
  perSecond: number;
  /** When `passed` last moved, on the clock of `performance.now()`. */
  movedAtMs: number;
  /** When it was last read, on the same clock; -∞ before. */
  readAtMs: number;
}

/** A longer gap between two announcements says nothing about speed. */
const PAUSE_MS = 2_000;

/** Progress is looked at this often, in case announcements were lost. */
const REFRESH_MS = 1_000;

/**
 * That of a shard at rest for which no poll waits is read again this often. Streams of events do
 * not count: an open sale is read by its stream, and of another one nothing but a lost announcement
 * is missed for that long.
 */
const REST_MS = 10_000;

/**
 * The progress of every shard in this process's memory: subscribed, and read again when the
 * subscription comes back and on a timer, so that a poll of a queued ticket touches neither Redis
 * nor Postgres.
 */
export class ProgressWatch {
  readonly #redis: RedisClient;
  readonly #subscriber: RedisClient;
  readonly #log: Logger;
  readonly #restMs: number;
  readonly #shards = new Map<number, ShardProgress>();
  /** The first reads that are under way, by shard. */
  readonly #firstReads = new Map<number, Promise<void>>();
  /** Callbacks waiting for a job to become public, by shard and job. */
  readonly #waiters = new Map<number, Map<number, Set<() => void>>>();
  /** Callbacks waiting for a ticket to leave the waitlist, by sale and ticket. */
  readonly #waitlists = new Map<string, Map<string, Set<() => void>>>();
  /** Callbacks for every move of a shard. */
  readonly #movers = new Map<number, Set<() => void>>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /**
   * @param redis for reading
   * @param subscriber a connection of its own, for the subscription
   * @param restMs how often a shard at rest is read, in ms
   */
  constructor(
    deps: { redis: RedisClient; subscriber: RedisClient; log: Logger },
    restMs = REST_MS,
  ) {
    this.#restMs = restMs;
    this.#redis = deps.redis;
    this.#subscriber = deps.subscriber;
    this.#log = deps.log;
  }

  /** Subscribes; from then on progress is known within a second even if announcements are lost. */
  start(): void {
    this.#subscriber.on('ready', () => {
      void this.refresh();
      this.#wakeAll(); // announcements made meanwhile were missed
    });
    // Not awaited: while Redis is unavailable it waits with the connection, and the API serves what
    // it can.
    subscribeToProgress(this.#subscriber, (text) => this.#hear(text)).catch((error: unknown) =>
      this.#log.error({ err: error }, 'subscription to progress failed'),
    );
    this.#timer = setInterval(() => void this.#look(), REFRESH_MS);
  }

  /** Ends the timer; the connections are the caller's. Long polls are woken. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
    for (const shard of this.#waiters.keys()) this.#wake(shard, Number.POSITIVE_INFINITY);
    this.#wakeAll();
  }

  /** Whether long polls are to end. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /**
   * Reads the progress of a shard that was not read yet, so that polls have a value to answer with:
   * what was only heard of it may be less.
   */
  async ensure(shard: number): Promise<void> {
    if (this.#isRead(shard)) return;
    const reading = this.#firstReads.get(shard) ?? this.#readFirst(shard);
    this.#firstReads.set(shard, reading);
    await reading;
  }

  #isRead(shard: number): boolean {
    return this.#of(shard).readAtMs > Number.NEGATIVE_INFINITY;
  }

  async #readFirst(shard: number): Promise<void> {
    try {
      while (!this.#isRead(shard)) await this.#read(shard);
    } finally {
      this.#firstReads.delete(shard);
    }
  }

  /** Reads the progress of every known shard again. */
  async refresh(): Promise<void> {
    await this.#readAll([...this.#shards.keys()]);
  }

  async #readAll(shards: readonly number[]): Promise<void> {
    await Promise.all(
      shards.map((shard) =>
        this.#read(shard).catch((error: unknown) =>
          this.#log.debug({ err: error, shard }, 'reading progress failed'),
        ),
      ),
    );
  }

  /**
   * Reads progress again where it may have moved: one command for all shards shows which are at
   * rest, so that an idle process costs Redis nothing that grows with them.
   */
  async #look(): Promise<void> {
    const groups = groupShards(this.#redis, [...this.#shards.keys()]);
    await Promise.all(
      groups.map(async (shards) => {
        try {
          const glances = await glanceAtLines(
            this.#redis,
            shards.map((shard) => new ShardKeys(shard)),
          );
          await this.#readAll(shards.filter((shard, i) => !this.#isAtRest(shard, glances[i])));
        } catch (error) {
          this.#log.debug({ err: error, shards }, 'looking at progress failed');
        }
      }),
    );
  }

  #isAtRest(shard: number, seen: LineGlance | undefined): boolean {
    const { epoch, queued, job, readAtMs } = this.#of(shard);
    return (
      seen?.epoch === epoch &&
      seen.queued === queued &&
      job >= queued &&
      !this.#waiters.has(shard) &&
      this.#waitlists.size === 0 &&
      performance.now() - readAtMs < this.#restMs
    );
  }

  /** The shard's epoch, 0 before it is known. */
  epoch(shard: number): number {
    return this.#of(shard).epoch;
  }

  /** The last journal entry that is public. */
  seq(shard: number): number {
    return this.#of(shard).seq;
  }

  /** The last job that is public. */
  job(shard: number): number {
    return this.#of(shard).job;
  }

  /**
   * Whether Redis has lost a job that was once queued: its counter stops before that job. Redis is
   * asked only when memory does not have the answer.
   */
  async hasLost(shard: number, job: number): Promise<boolean> {
    const progress = this.#of(shard);
    if (job <= progress.queued) return false;
    progress.queued = await readQueued(this.#redis, new ShardKeys(shard));
    return job > progress.queued;
  }

  /**
   * Whether a job is known to be queued, or to have been; false before progress was read, when it
   * is not known either whether the job is decided.
   */
  hasQueued(shard: number, job: number): boolean {
    return this.#isRead(shard) && job <= this.#of(shard).queued;
  }

  /** Records what this process queued itself: polling it need not ask Redis. */
  queuedAtLeast(shard: number, job: number): void {
    const progress = this.#of(shard);
    progress.queued = Math.max(progress.queued, job);
  }

  /** The highest position of a sale's line that is decided and public. */
  passed(shard: number, sale: string): number {
    return this.#of(shard).passed.get(sale) ?? 0;
  }

  /** Tickets per second that the shard has been deciding recently; undefined when unknown. */
  ticketsPerSecond(shard: number): number | undefined {
    return this.#of(shard).perSecond || undefined;
  }

  /**
   * Raises progress that this process learnt by itself: accept.lua skips places without a waiting
   * ticket.
   */
  passedAtLeast(shard: number, sale: string, position: number): void {
    raise(this.#of(shard).passed, sale, position);
  }

  /**
   * Calls back once, when a job has become public (or this process stops).
   *
   * @returns cancels the callback
   */
  onReach(shard: number, job: number, wake: () => void): () => void {
    return addWaiter(this.#waiters, shard, job, wake);
  }

  /**
   * Calls back once, when a ticket, named by its identity, has left the waitlist of its sale, or
   * may have.
   *
   * @returns cancels the callback
   */
  onLeave(sale: string, identity: string, wake: () => void): () => void {
    return addWaiter(this.#waitlists, sale, identity, wake);
  }

  /**
   * Calls back whenever something of a shard has become public, whether it was announced or read.
   *
   * @returns cancels the callback
   */
  onMove(shard: number, wake: () => void): () => void {
    const movers = this.#movers.get(shard) ?? new Set();
    this.#movers.set(shard, movers);
    movers.add(wake);
    return () => {
      movers.delete(wake);
      if (movers.size === 0 && this.#movers.get(shard) === movers) this.#movers.delete(shard);
    };
  }

  async #read(shard: number): Promise<void> {
    const keys = new ShardKeys(shard);
    const { passed } = this.#of(shard);
    const known = [...passed.keys()];
    const epoch = await readEpoch(this.#redis, keys);
    const progress = await readProgress(this.#redis, keys);
    const queued = await readQueued(this.#redis, keys);
    if ((await readEpoch(this.#redis, keys)) !== epoch) return; // a rebuild: the next read will do
    // Not the highest ever seen: a lower value reveals that Redis lost something.
    Object.assign(this.#of(shard), { queued, readAtMs: performance.now() });
    // What was announced before this read and is not in it was archived: memory forgets it, too.
    for (const sale of known) if (progress.passed[sale] === undefined) passed.delete(sale);
    this.#raise({ shard, epoch: epoch ?? 0, ...progress, left: {} });
  }

  /** The channel is open to every client of Redis: what is not an announcement is ignored. */
  #hear(text: string): void {
    try {
      const { left = {}, ...announcement } = JSON.parse(text) as Announcement;
      this.#raise({ left, ...announcement });
    } catch (error) {
      this.#log.warn({ err: error }, 'invalid announcement of progress ignored');
    }
  }

  #raise({ shard, epoch, seq, job, passed, left }: Announcement): void {
    const progress = this.#of(shard);
    const moved = job > progress.job;
    const isNews = moved || seq > progress.seq || epoch > progress.epoch;
    // What an older epoch made public is in the newer one, or was lost.
    if (epoch < progress.epoch) return;
    // What was in flight when a rebuild came is public now, and no announcement named the tickets
    // that left a waitlist.
    if (epoch > progress.epoch) this.#wakeAll();
    // A newer epoch may begin with less: Postgres was restored to an older state.
    progress.seq = epoch > progress.epoch ? seq : Math.max(progress.seq, seq);
    progress.epoch = epoch;
    progress.job = Math.max(progress.job, job);
    let tickets = 0;
    for (const [sale, position] of Object.entries(passed)) {
      const before = progress.passed.get(sale);
      if (before !== undefined) tickets += Math.max(0, position - before);
      raise(progress.passed, sale, position);
    }
    if (tickets > 0) this.#measure(progress, tickets);
    if (moved) this.#wake(shard, progress.job);
    for (const [sale, identities] of Object.entries(left)) this.#wakeLeavers(sale, identities);
    if (isNews || tickets > 0) for (const wake of this.#movers.get(shard) ?? []) wake();
  }

  #measure(progress: ShardProgress, tickets: number): void {
    const nowMs = performance.now();
    const elapsedMs = nowMs - progress.movedAtMs;
    progress.movedAtMs = nowMs;
    if (elapsedMs <= 0 || elapsedMs > PAUSE_MS) return;
    const rate = (tickets / elapsedMs) * 1000;
    progress.perSecond = progress.perSecond === 0 ? rate : progress.perSecond * 0.8 + rate * 0.2;
  }

  #wake(shard: number, job: number): void {
    const jobs = this.#waiters.get(shard);
    for (const [waited, waiting] of jobs ?? []) {
      if (waited > job) continue;
      jobs?.delete(waited);
      for (const wake of waiting) wake();
    }
  }

  #wakeLeavers(sale: string, identities: readonly string[] | '*'): void {
    const waitlist = this.#waitlists.get(sale);
    if (waitlist === undefined) return;
    for (const identity of identities === '*' ? [...waitlist.keys()] : identities) {
      const waiting = waitlist.get(identity);
      waitlist.delete(identity);
      for (const wake of waiting ?? []) wake();
    }
    if (waitlist.size === 0) this.#waitlists.delete(sale);
  }

  #wakeAll(): void {
    for (const sale of [...this.#waitlists.keys()]) this.#wakeLeavers(sale, '*');
  }

  #of(shard: number): ShardProgress {
    const known = this.#shards.get(shard);
    if (known !== undefined) return known;
    const passed = new Map<string, number>();
    const numbers = { epoch: 0, seq: 0, job: 0, queued: 0, perSecond: 0 };
    const progress = { ...numbers, passed, movedAtMs: 0, readAtMs: Number.NEGATIVE_INFINITY };
    this.#shards.set(shard, progress);
    return progress;
  }
}

function raise(map: Map<string, number>, name: string, value: number): void {
  if (value > (map.get(name) ?? 0)) map.set(name, value);
}

/** Adds a waiter under two keys; returns a function that removes it. */
function addWaiter<A, B>(
  waiters: Map<A, Map<B, Set<() => void>>>,
  first: A,
  second: B,
  wake: () => void,
): () => void {
  const under = waiters.get(first) ?? new Map<B, Set<() => void>>();
  waiters.set(first, under);
  const waiting = under.get(second) ?? new Set();
  under.set(second, waiting);
  waiting.add(wake);
  return () => {
    waiting.delete(wake);
    if (waiting.size === 0 && under.get(second) === waiting) under.delete(second);
    if (under.size === 0 && waiters.get(first) === under) waiters.delete(first);
  };
}
