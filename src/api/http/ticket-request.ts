import type { Context } from 'hono';
import type { ProxyTrust } from '../../process/proxy-trust.ts';
import type { PlaceView } from '../schemas/ticket.ts';
import type { TakenTicket, TicketCaller } from '../tickets/take-ticket.ts';
import { headersOf, requestIdOf } from './answer.ts';
import { clientIp } from './client-ip.ts';
import type { ApiEnv } from './env.ts';
import { showLimit } from './limit-fields.ts';

/**
 * The caller of a ticket request, behind `authenticate`.
 *
 * @param proxyTrust TRUST_PROXY
 */
export function callerOf(c: Context<ApiEnv>, proxyTrust: ProxyTrust): TicketCaller {
  const { buyer, email } = c.get('identity');
  const ip = () => clientIp(c, proxyTrust);
  const solution = c.req.header('challenge-solution');
  return { buyer, email, ip, solution, requestId: requestIdOf(c) };
}

/** The body of the response to a ticket request; sets its headers. */
export function answerTaken(c: Context<ApiEnv>, { place, limit }: TakenTicket): PlaceView {
  showLimit(c, limit);
  headersOf(c)['location'] = `/api/tickets/${place.ticketId}`;
  return place;
}
