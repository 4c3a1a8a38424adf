import type { Logger } from 'pino';
import { GUEST_PREFIX } from '../../domain/account.ts';
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

/** What taking a ticket needs. */
export interface TakeTicketDeps {
  readonly views: SaleViews;
  readonly acceptors: Acceptors;
  readonly progress: ProgressWatch;
  readonly sealer: TicketSealer;
  readonly attemptKeys: AttemptKeys;
  readonly challenges: Challenges;
  /**
   * Undefined where limits are switched off: then no solution is required either, and origins are
   * not recorded.
   */
  readonly originHasher: OriginHasher | undefined;
  readonly metrics: ApiMetrics;
  readonly log: Logger;
}

/** Who asks for a ticket. */
export interface TicketCaller {
  readonly buyer: string;
  /** The address that the access token names, where it does. */
  readonly email?: string | undefined;
  /** The IP that the request is counted for. */
  readonly ip: string;
  /** The header `Challenge-Solution`, as it came. */
  readonly solution?: string | undefined;
  readonly requestId: string;
}

/** A purchase attempt as it was requested. */
export interface TicketWish {
  readonly saleId: string;
  readonly request: TicketRequest;
  /** The Idempotency-Key, where there is one; or the key that a checkout made for want of one. */
  readonly key?: string | undefined;
}

/** A ticket in line, and where its buyer stands with the nearest limit, where there is one. */
export interface TakenTicket {
  readonly place: PlaceView;
  readonly limit: LimitState | undefined;
}

/**
 * Takes a place in line for a caller: the one way in.
 *
 * @throws DomainError when the sale or the items do not allow that, or the line cannot take it now
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
  const { shard } = cached.sale;
  const solution = await solutionOf(deps, caller, cached);
  const origin = originOf(deps, caller, saleId);
  const { ref, ahead, limit } = await deps.acceptors.at(shard).accept({
    sale: saleId,
    buyer,
    items,
    requestId,
    ...(key === undefined ? {} : { key: attemptKeys.attempt(buyer, saleId, key) }),
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
 * The solution that a sale with challenges requires, looked through; whether it was used is settled
 * by lua/accept.lua.
 */
async function solutionOf(
  { views, challenges, originHasher }: TakeTicketDeps,
  { buyer, solution }: TicketCaller,
  cached: CachedSale,
): Promise<Solution | undefined> {
  if (!cached.sale.challenge || originHasher === undefined) return undefined;
  // Nobody is to compute for a sale that is over.
  if (solution === undefined) views.requireOpen(cached);
  return challenges.check(solution, { sale: cached.sale.id, buyer });
}

function originOf({ originHasher }: TakeTicketDeps, caller: TicketCaller, saleId: string) {
  const { buyer, email, ip } = caller;
  return originHasher?.of(saleId, { ip, email, isGuest: buyer.startsWith(GUEST_PREFIX) });
}
