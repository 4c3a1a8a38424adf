import type { Context } from 'hono';
import { GUEST_PREFIX } from '../../domain/account.ts';
import type { ApiDeps } from '../app.ts';
import { clientIp } from '../http/client-ip.ts';
import type { ApiEnv } from '../http/env.ts';
import { showLimit } from '../http/limit-fields.ts';
import type { PlaceView, TicketRequest } from '../schemas/ticket.ts';
import { wishOf } from './wish.ts';

/** A purchase attempt as it was asked for. */
export interface TicketWish {
  readonly saleId: string;
  readonly request: TicketRequest;
  /** The Idempotency-Key, where there is one; or the key that a checkout made for want of one. */
  readonly key?: string | undefined;
}

/**
 * Takes a place in line for the buyer of a request: the one way in.
 *
 * @throws DomainError when the sale or what is wished of it does not allow that, or the line cannot
 *   take it now
 */
export async function takeTicket(
  deps: ApiDeps,
  c: Context<ApiEnv>,
  { saleId, request, key }: TicketWish,
): Promise<PlaceView> {
  const startedAt = performance.now();
  const { views, desk, sealer, attemptKeys, metrics, protection, trustedProxies } = deps;
  const { buyer, email } = c.get('identity');
  // From memory: accepting goes on while Postgres is away.
  const { cached, verdict: items } = await views.judge(saleId, views.peek(saleId), (sale) =>
    wishOf(sale, request),
  );
  const { shard } = cached.sale;
  const requestId = c.get('requestId');
  // Read here, not by the route: whatever takes a ticket needs it. Switched off with the limits.
  const asksForSolution = cached.sale.challenge && protection !== undefined;
  const header = c.req.header('challenge-solution');
  // Nobody is to compute for a sale that is over.
  if (asksForSolution && header === undefined) views.requireOpen(cached);
  const solution = asksForSolution
    ? await deps.challenges.check(header, { sale: saleId, buyer })
    : undefined;
  const from = { ip: clientIp(c, trustedProxies), email, isGuest: buyer.startsWith(GUEST_PREFIX) };
  const origin = protection?.originHasher.of(saleId, from);
  const { ref, ahead, limit } = await deps.acceptorOf(shard).accept({
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
  c.get('log').debug({ requestId, sale: saleId, shard, job: ref.job, uid: ref.uid }, 'accepted');
  showLimit(c, limit);
  c.header('Location', `/api/tickets/${ticketId}`);
  const { position } = ref;
  const retryAfterMs = desk.retryAfterMs(shard, ahead);
  return { ticketId, saleId, status: 'queued', position, ahead, retryAfterMs };
}
