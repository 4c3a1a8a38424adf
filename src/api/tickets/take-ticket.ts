import type { Logger } from 'pino';
import { GUEST_PREFIX } from '../../domain/account.ts';
import { DomainError } from '../../domain/errors.ts';
import type { LimitState } from '../../domain/limits.ts';
import type { Acceptors } from '../../line/acceptors.ts';
import type { AttemptKeys } from '../../line/attempt-key.ts';
import type { OriginHasher } from '../../line/origin.ts';
import type { ProgressWatch } from '../../line/progress.ts';
import type { TicketSealer } from '../../line/ticket-id.ts';
import type { ApiMetrics } from '../../process/metrics.ts';
import type { Solution } from '../../redis/scripts/accept.ts';
import type { CachedSale, SaleViews } from '../sales/sale-views.ts';
import type { PlaceView, TicketRequest } from '../schemas/ticket.ts';
import type { Challenges } from './challenges.ts';
import { retryAfterMs } from './ticket-view.ts';
import { wishOf } from './wish.ts';

/** The dependencies of taking a ticket. */
export interface TakeTicketDeps {
  readonly views: SaleViews;
  readonly acceptors: Acceptors;
  readonly progress: ProgressWatch;
  readonly sealer: TicketSealer;
  readonly attemptKeys: AttemptKeys;
  readonly challenges: Challenges;
  /**
   * Undefined where limits are off: then no solution is required either, and origins are not
   * recorded.
   */
  readonly originHasher: OriginHasher | undefined;
  readonly metrics: ApiMetrics;
  readonly log: Logger;
}

/** The caller of a ticket request. */
export interface TicketCaller {
  readonly buyer: string;
  /** The e-mail address in the access token, if any. */
  readonly email?: string | undefined;
  /** The IP that the request is counted for; found when it is needed. */
  readonly ip: () => string;
  /** The raw header `Challenge-Solution`. */
  readonly solution?: string | undefined;
  readonly requestId: string;
}

/** A purchase attempt as it was requested. */
export interface TicketWish {
  readonly saleId: string;
  readonly request: TicketRequest;
  /** The Idempotency-Key, if any; or the key that a checkout generated instead. */
  readonly key?: string | undefined;
}

/** A ticket in line, and the state of the buyer's nearest limit, if any. */
export interface TakenTicket {
  readonly place: PlaceView;
  readonly limit: LimitState | undefined;
}

/**
 * Takes a place in line for a caller: the only way in.
 *
 * @throws DomainError when the sale or the items do not allow it, or the line cannot accept it now
 */
export async function takeTicket(
  deps: TakeTicketDeps,
  caller: TicketCaller,
  { saleId, request, key }: TicketWish,
): Promise<TakenTicket> {
  const startedAt = performance.now();
  const { views, sealer, attemptKeys, metrics } = deps;
  const { buyer, requestId } = caller;
  // From memory: accepting continues while Postgres is unavailable.
  const { cached, verdict: items } = await views.judge(saleId, views.peek(saleId), (sale) =>
    wishOf(sale, request),
  );
  const { shard, archived_seq: archived } = cached.sale;
  // As accept.lua would say: a closed sale stays closed, and need not be looked for in Redis.
  if (archived !== null) throw new DomainError('sale_closed');
  // Where there is nothing to wait for, this does not wait.
  const solution = cached.sale.challenge ? await solutionOf(deps, caller, cached) : undefined;
  const origin = originOf(deps, caller, cached);
  const { ref, ahead, limit } = await deps.acceptors.at(shard).accept({
    sale: saleId,
    buyer,
    items,
    requestId,
    ...(key === undefined ? {} : { key: attemptKeys.attempt(buyer, cached.sale, key) }),
    ...(origin === undefined ? {} : { origin }),
    countsHolds: cached.sale.hold_limit_count !== null,
    ...(solution === undefined ? {} : { solution }),
  });
  const ticketId = sealer.seal(buyer, { shard, sale: saleId, ref });
  metrics.accepted.inc();
  metrics.acceptSeconds.observe((performance.now() - startedAt) / 1000);
  deps.log.debug({ requestId, sale: saleId, shard, job: ref.job, uid: ref.uid }, 'accepted');
  const retry = retryAfterMs(ahead, deps.progress.ticketsPerSecond(shard));
  const place = { ticketId, saleId, position: ref.position, ahead, retryAfterMs: retry };
  return { place: { ...place, status: 'queued' }, limit };
}

/**
 * Verifies the solution that a sale with challenges requires; lua/accept.lua decides whether it was
 * used.
 */
async function solutionOf(
  { views, challenges, originHasher }: TakeTicketDeps,
  { buyer, solution }: TicketCaller,
  cached: CachedSale,
): Promise<Solution | undefined> {
  if (originHasher === undefined) return undefined;
  // No buyer should solve a challenge for a closed sale.
  if (solution === undefined) views.requireOpen(cached);
  return challenges.check(solution, { sale: cached.sale.id, buyer });
}

function originOf({ originHasher }: TakeTicketDeps, caller: TicketCaller, { sale }: CachedSale) {
  const { buyer, email, ip } = caller;
  return originHasher?.of(sale, {
    ip: ip(),
    email,
    isGuest: buyer.startsWith(GUEST_PREFIX),
  });
}
