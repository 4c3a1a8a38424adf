import { createRoute, z } from '@hono/zod-openapi';
import type { LineRouteDeps } from '../deps.ts';
import { answer } from '../http/answer.ts';
import { clientIp } from '../http/client-ip.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { limitBody } from '../http/middleware/limit-body.ts';
import { goOn } from '../http/steps.ts';
import { answerTaken, callerOf } from '../http/ticket-request.ts';
import { challengeSolution } from '../schemas/challenge.ts';
import {
  anyId,
  bearer,
  body,
  id,
  idempotencyKey,
  json,
  page,
  pageOf,
  pageQuery,
} from '../schemas/common.ts';
import { problems } from '../schemas/problem.ts';
import { placed, ticketRequestSchema, ticketSchema } from '../schemas/ticket.ts';
import { giveTicketBack } from '../tickets/give-back.ts';
import { pollTicket } from '../tickets/poll.ts';
import { takeTicket } from '../tickets/take-ticket.ts';
import { type ListedTicket, listTickets } from '../tickets/ticket-list.ts';

const ticketId = z.string().min(1).max(1_024);

const common = { tags: ['Tickets'], security: bearer };

const takeTicketRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/sales/{saleId}/tickets',
  operationId: 'takeTicket',
  summary: 'Take a place in line',
  description:
    'Answers as soon as the attempt has its place in line. Poll the ticket for its decision. A repeat with ' +
    'the same Idempotency-Key and the same items returns the first attempt.',
  request: {
    params: z.object({ saleId: id }),
    headers: z.object({
      'idempotency-key': idempotencyKey.optional(),
      'challenge-solution': challengeSolution.optional(),
    }),
    body: body(ticketRequestSchema),
  },
  responses: {
    202: placed,
    ...problems(
      'malformed_json',
      'unauthenticated',
      'sale_not_found',
      'sale_not_open',
      'sale_closed',
      'body_too_large',
      'unsupported_media_type',
      'validation_failed',
      'unknown_product',
      'invalid_quantity',
      'mixed_currencies',
      'invalid_idempotency_key',
      'challenge_required',
      'challenge_failed',
      'challenge_used',
      'too_many_requests',
      'line_full',
      'unavailable',
    ),
  },
});

const listTicketsRoute = createRoute({
  ...common,
  method: 'get',
  path: '/api/tickets',
  operationId: 'listTickets',
  summary: 'Your decided tickets, newest first',
  description: 'From a history that may lag slightly behind polls.',
  request: {
    query: z.object({
      saleId: anyId.optional(),
      ...pageQuery,
      cursor: z
        .string()
        .regex(/^\d{1,15}$/, 'is not the nextCursor of a page')
        .optional(),
    }),
  },
  responses: {
    200: json('The tickets', pageOf(ticketSchema)),
    ...problems('unauthenticated', 'validation_failed', 'too_many_requests', 'unavailable'),
  },
});

const getTicket = createRoute({
  ...common,
  method: 'get',
  path: '/api/tickets/{ticketId}',
  operationId: 'getTicket',
  summary: 'The state of a ticket',
  request: {
    params: z.object({ ticketId }),
    query: z.object({
      wait: z.coerce
        .number()
        .int()
        .min(0)
        .max(25)
        .default(0)
        .openapi({ description: 'Seconds to wait while it is queued or waitlisted' }),
    }),
  },
  responses: {
    200: json('The ticket', ticketSchema),
    ...problems('unauthenticated', 'ticket_not_found', 'validation_failed'),
    ...problems('too_many_requests', 'unavailable'),
  },
});

const cancelTicket = createRoute({
  ...common,
  method: 'delete',
  path: '/api/tickets/{ticketId}',
  operationId: 'cancelTicket',
  summary: 'Leave the line or the waitlist, or release the hold',
  description: 'A queued ticket is cancelled at its turn.',
  request: { params: z.object({ ticketId }) },
  responses: {
    200: json('The ticket', ticketSchema),
    ...problems('unauthenticated', 'ticket_not_found', 'not_cancellable'),
    ...problems('too_many_requests', 'unavailable'),
  },
});

/** The route definitions. */
export const TICKET_ROUTES = [takeTicketRoute, listTicketsRoute, getTicket, cancelTicket];

/** Routes of a buyer's tickets. */
export function ticketRoutes(guards: Guards, deps: LineRouteDeps) {
  const { authenticated, limitPolls, limitPayments, limitRefusals } = guards;
  const polled = [authenticated, limitPolls];
  // It may call Stripe, as cancelling an order does.
  const paying = [authenticated, limitPayments];
  const taking = [authenticated, limitRefusals, limitBody];
  return createApp()
    .openapi({ ...takeTicketRoute, middleware: taking }, async (c) => {
      const { saleId } = c.req.valid('param');
      const key = c.req.valid('header')['idempotency-key'];
      const wish = { saleId, request: c.req.valid('json'), key };
      const taken = await takeTicket(deps, callerOf(c, deps.proxyTrust), wish);
      return answer(c, answerTaken(c, taken), 202);
    })
    .openapi({ ...listTicketsRoute, middleware: polled }, async (c) => {
      const { saleId, limit, cursor } = c.req.valid('query');
      const tickets = await listTickets(
        deps,
        {
          buyer: c.get('identity').buyer,
          sale: saleId,
          after: cursor === undefined ? undefined : Number(cursor),
        },
        limit + 1,
      );
      const show = ({ view }: ListedTicket) => view;
      return answer(
        c,
        page(tickets, limit, ({ cursor }) => cursor, show),
        200,
      );
    })
    .openapi({ ...getTicket, middleware: polled }, (c) => {
      const { ticketId } = c.req.valid('param');
      const waitMs = c.req.valid('query').wait * 1000;
      const { buyer } = c.get('identity');
      const ip = () => clientIp(c, deps.proxyTrust);
      const polled = pollTicket(deps, { buyer, ticketId, waitMs, ip, request: c.req.raw });
      return goOn(polled, (ticket) => answer(c, ticket, 200));
    })
    .openapi({ ...cancelTicket, middleware: paying }, async (c) => {
      const { ticketId } = c.req.valid('param');
      return answer(c, await giveTicketBack(deps, c.get('identity').buyer, ticketId), 200);
    });
}
