import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Batch, BatchTicket } from '../domain/entry.ts';
import { DomainError, saleNotOpen, tooManyRequests } from '../domain/errors.ts';
import { type LimitState, NO_QUOTAS, type TicketQuotas } from '../domain/limits.ts';
import type { TicketRef } from '../domain/ticket.ts';
import type { LineTracing, Trace } from '../process/tracing/tracing.ts';
import { type AcceptReply, accept, type Solution, type Verdict } from '../redis/scripts/accept.ts';
import { formatOrigin, type Origin } from './origin.ts';
import type { ProgressWatch } from './progress.ts';
import type { LineQueue } from './queue.ts';
import type { Shard } from './shard.ts';
import { ticketLimit } from './ticket-limit.ts';

/** One purchase attempt on its way into the line. */
export interface Attempt {
  readonly sale: string;
  readonly buyer: string;
  /** `0x1-2x3`, see src/domain/items.ts. */
  readonly items: string;
  /** Keyed hash of the Idempotency-Key, if there is one. */
  readonly key?: string;
  /** Where it comes from; omitted when limits are switched off. */
  readonly origin?: Origin;
  /** Its sale limits holds per origin: the origin goes into the batch. */
  readonly countsHolds?: boolean;
  /** The solution of a challenge, if the sale requires one. */
  readonly solution?: Solution;
  readonly requestId: string;
}

/**
 * A place in line: the ticket, how many undecided tickets of the sale are ahead of it, and the
 * buyer's usage of the nearest limit, if any.
 */
export interface Place {
  readonly ref: TicketRef;
  readonly ahead: number;
  readonly limit?: LimitState | undefined;
}

export interface AcceptorDeps {
  readonly shard: Shard;
  readonly queue: LineQueue;
  readonly progress: ProgressWatch;
  readonly log: Logger;
  /** Gets the size of every batch that was queued. */
  readonly observe?: (tickets: number) => void;
  /** Undefined when tracing is off. */
  readonly tracing?: LineTracing | undefined;
}

export interface AcceptOptions {
  /** How long a batch gathers at most, in ms. */
  readonly batchMs: number;
  /** How many tickets it has at most. */
  readonly batchMax: number;
  readonly maxWaiting: number;
  /** Omitted when limits are switched off. */
  readonly quotas?: TicketQuotas | undefined;
}

interface Pending {
  readonly attempt: Attempt;
  readonly trace: Trace | undefined;
  readonly resolve: (place: Place) => void;
  readonly reject: (error: Error) => void;
}

/** An attempt that has its place. */
interface Placed extends Pending {
  readonly limit?: LimitState | undefined;
}

/** A batch that is so full before the one before it is public shows a busy line. */
const BUSY_SHARE = 1 / 4;

/**
 * Takes attempts into the line of one shard, in order of arrival. Batches follow the load: a batch
 * gathers for as long as the one before it is under way (until its decisions are public), and on a
 * busy line for longer, but never for longer than `batchMs`, nor beyond `batchMax` tickets. So a
 * lone attempt waits for nothing, and the busier the line, the more tickets share what a batch
 * costs Redis and the workers. One flush at a time: positions are exact with one API process.
 */
export class Acceptor {
  readonly #deps: AcceptorDeps;
  readonly #options: AcceptOptions;
  readonly #pending = new Map<string, Pending[]>();
  /** Set while a batch is on its way to a flush: at the end of this turn, or at its time. */
  #soon: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  /** What is pending is to be flushed as soon as the current flush is over. */
  #isDue = false;
  /** Stops waiting for the last batch; set while that is under way. */
  #forget: (() => void) | undefined;

  constructor(deps: AcceptorDeps, options: AcceptOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /**
   * Puts an attempt into the line. Resolves once Redis has accepted it.
   *
   * @throws DomainError sale_not_found, sale_not_open, sale_closed, line_full, too_many_requests,
   *   challenge_used, or unavailable when it is not certain that Redis accepted it
   */
  accept(attempt: Attempt): Promise<Place> {
    return new Promise((resolve, reject) => {
      const pending = this.#pending.get(attempt.sale) ?? [];
      this.#pending.set(attempt.sale, pending);
      const trace = this.#deps.tracing?.current();
      pending.push({ attempt, trace, resolve, reject });
      this.#gather(pending.length >= this.#options.batchMax);
    });
  }

  /** Flushes what is pending; resolves when it is in the line or refused. */
  async settle(): Promise<void> {
    while (this.#pending.size > 0 || this.#flushing !== undefined) {
      this.#startFlush();
      await this.#flushing;
    }
  }

  /** Decides how long what is pending gathers. */
  #gather(isFull: boolean): void {
    if (isFull) this.#startFlush();
    else if (this.#isIdle && this.#timer === undefined) {
      // Those that arrive in the same turn of the event loop share a batch.
      this.#soon ??= setImmediate(() => this.#startFlush());
    } else this.#wait();
  }

  /** What is pending gathers until its time is up, if no flush comes before. */
  #wait(): void {
    this.#timer ??= setTimeout(() => this.#startFlush(), this.#options.batchMs);
  }

  #startFlush(): void {
    clearImmediate(this.#soon);
    clearTimeout(this.#timer);
    this.#soon = undefined;
    this.#timer = undefined;
    this.#isDue = this.#flushing !== undefined;
    if (this.#isDue || this.#pending.size === 0) return;
    this.#flushing = this.#flush().then((job) => {
      this.#flushing = undefined;
      this.#follow(job);
      if (this.#isDue || this.#isFilled(1)) this.#startFlush();
      else this.#goOn();
    });
  }

  /** No batch is being flushed or under way. */
  get #isIdle(): boolean {
    return this.#flushing === undefined && this.#forget === undefined;
  }

  /** Flushes what has gathered so far, unless the line is busy: then it gathers on. */
  #goOn(): void {
    if (this.#isIdle && !this.#isFilled(BUSY_SHARE)) this.#startFlush();
    else if (this.#pending.size > 0) this.#wait();
  }

  /** Whether what is pending of a sale fills this share of a batch. */
  #isFilled(share: number): boolean {
    const enough = share * this.#options.batchMax;
    return [...this.#pending.values()].some(({ length }) => length >= enough);
  }

  /** Waits for the decisions of the last batch, unless they are public already. */
  #follow(job: number): void {
    const { progress, shard } = this.#deps;
    this.#forget?.();
    this.#forget = undefined;
    if (job <= progress.job(shard.id)) return;
    this.#forget = progress.onReach(shard.id, job, () => {
      this.#forget = undefined;
      this.#goOn();
    });
  }

  /** Flushes a batch of each sale; resolves to the number of the last, 0 when there is none. */
  async #flush(): Promise<number> {
    const batches = [...this.#pending].map(([sale, pending]) => {
      const batch = pending.splice(0, this.#options.batchMax);
      if (pending.length === 0) this.#pending.delete(sale);
      return this.#traced(batch, () => this.#enqueue(sale, batch));
    });
    return Math.max(0, ...(await Promise.all(batches)));
  }

  #traced<T>(pending: readonly Pending[], work: () => Promise<T>): Promise<T> {
    const { tracing } = this.#deps;
    if (tracing === undefined) return work();
    return tracing.batch(
      pending.flatMap(({ trace }) => trace ?? []),
      work,
    );
  }

  /**
   * Puts one batch into the line and answers its tickets: all alike, except for those refused
   * individually.
   *
   * @returns its number, 0 when it did not get into the line
   */
  async #enqueue(sale: string, pending: readonly Pending[]): Promise<number> {
    try {
      const uid = randomBytes(12).toString('base64url');
      const reply = await this.#takePlaces(sale, pending, uid);
      const places = this.#refuseSome(sale, pending, reply.verdicts);
      if (places.length === 0) return 0;
      const batch: Batch = {
        uid,
        sale,
        at: reply.nowMs,
        epoch: reply.epoch,
        pos: reply.last,
        all: reply.lastAll,
        t: places.map(({ attempt }) => batchTicketOf(attempt)),
        rid: places[0]?.attempt.requestId ?? '',
      };
      const job = await this.#deps.queue.add('batch', batch);
      this.#deps.progress.queuedAtLeast(this.#deps.shard.id, Number(job.id));
      this.#deps.observe?.(places.length);
      this.#answer(batch, Number(job.id), places);
      return Number(job.id);
    } catch (error) {
      const { log, shard } = this.#deps;
      if (!(error instanceof DomainError))
        log.warn({ err: error, shard: shard.id, sale }, 'batch not enqueued');
      const refusal = error instanceof DomainError ? error : new DomainError('unavailable');
      for (const { reject } of pending) reject(refusal);
      return 0;
    }
  }

  async #takePlaces(sale: string, pending: readonly Pending[], uid: string) {
    const { shard } = this.#deps;
    const { maxWaiting } = this.#options;
    const checks = this.#checksFor(pending, uid);
    const reply = await shard.run(accept, { sale, count: pending.length, maxWaiting, checks });
    if (reply.status !== 'ACCEPTED') throw refusalOf(reply);
    this.#deps.progress.passedAtLeast(shard.id, sale, reply.passed);
    return reply;
  }

  /**
   * The requester of each ticket; undefined when neither a limit nor a solution has to be checked.
   */
  #checksFor(pending: readonly Pending[], uid: string) {
    const { quotas = NO_QUOTAS } = this.#options;
    const counts = quotas.perBuyer > 0 || quotas.perIp > 0 || quotas.perSale > 0;
    if (!counts && pending.every(({ attempt }) => attempt.solution === undefined)) return undefined;
    const askers = pending.map(({ attempt: { buyer, origin, key, solution } }, index) => {
      // Without a key no later request may reuse it, but a lost reply makes the client library
      // resend the batch.
      const by = key ?? `${uid}.${index}`;
      return { buyer, ipHash: origin?.ip, solution: solution && { ...solution, by } };
    });
    return { quotas, askers };
  }

  /**
   * Rejects the attempts refused individually; returns the rest, which have places, each with the
   * state of its limit.
   */
  #refuseSome(
    sale: string,
    pending: readonly Pending[],
    verdicts: readonly Verdict[] | undefined,
  ): readonly Placed[] {
    if (verdicts === undefined) return pending;
    const { quotas = NO_QUOTAS } = this.#options;
    return pending.flatMap((one, index): Placed[] => {
      const verdict = verdicts[index];
      if (verdict?.kind === 'accepted') {
        return [{ ...one, limit: verdict.limit && ticketLimit(quotas, sale, verdict.limit) }];
      }
      one.reject(
        verdict?.kind === 'throttled'
          ? tooManyRequests(ticketLimit(quotas, sale, verdict.limit))
          : new DomainError('challenge_used', 'Get a new challenge and solve it.'),
      );
      return [];
    });
  }

  #answer(batch: Batch, job: number, places: readonly Placed[]): void {
    const { shard, progress } = this.#deps;
    const before = batch.pos - places.length;
    for (const [index, { attempt, resolve, limit }] of places.entries()) {
      const position = before + index + 1;
      const { uid, epoch } = batch;
      resolve({
        ref: { uid, index, job, position, epoch, items: attempt.items, key: attempt.key ?? '' },
        ahead: Math.max(0, position - 1 - progress.passed(shard.id, batch.sale)),
        limit,
      });
    }
  }
}

function batchTicketOf({ buyer, items, key, origin, countsHolds }: Attempt): BatchTicket {
  if (origin !== undefined && countsHolds) return [buyer, items, key ?? '', formatOrigin(origin)];
  return key === undefined ? [buyer, items] : [buyer, items, key];
}

type Refusal = Extract<AcceptReply, { status: 'NOT_OPEN' | 'CLOSED' | 'LINE_FULL' }>;

function refusalOf(refusal: Refusal): DomainError {
  switch (refusal.status) {
    case 'NOT_OPEN':
      return saleNotOpen(refusal.startsMs - refusal.nowMs);
    case 'CLOSED':
      return new DomainError('sale_closed', 'The sale is over: it accepts no more tickets.');
    case 'LINE_FULL':
      return new DomainError('line_full', 'Too many tickets are waiting. Please try again soon.');
  }
}
