import { createRoute, z } from '@hono/zod-openapi';
import { DomainError } from '../../domain/errors.ts';
import type { ApiDeps } from '../app.ts';
import { createApp } from '../create-app.ts';
import { authenticate } from '../middleware/authenticate.ts';
import { limitBody } from '../middleware/limit-body.ts';
import {
  bearer,
  body,
  id,
  idempotencyKey,
  json,
  page,
  pageOf,
  pageQuery,
  problems,
} from '../schemas/common.ts';
import {
  placeSchema,
  type TicketRequest,
  ticketRequestSchema,
  ticketSchema,
} from '../schemas/ticket.ts';
import { type ListedTicket, listTickets } from '../ticket-list.ts';
import { wishOf } from '../wish.ts';

const ticketId = z.string().min(1).max(1_024);

const common = {
  tags: ['Tickets'],
  security: bearer,
  middleware: [authenticate(), limitBody],
};

const takeTicket = createRoute({
  ...common,
  method: 'post',
  path: '/api/sales/{saleId}/tickets',
  summary: 'Take a place in line',
  description:
    'Answers as soon as the attempt has its place in line. Poll the ticket for its decision. A repeat with ' +
    'the same Idempotency-Key and the same items shows the first attempt.',
  request: {
    params: z.object({ saleId: id }),
    headers: z.object({ 'idempotency-key': idempotencyKey.optional() }),
    body: body(ticketRequestSchema),
  },
  responses: {
    202: {
      ...json('In line', placeSchema),
      headers: z.object({ location: z.string() }),
    },
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
      'line_full',
      'unavailable',
    ),
  },
});

const listTicketsRoute = createRoute({
  ...common,
  method: 'get',
  path: '/api/tickets',
  summary: 'Your decided tickets, newest first',
  description: 'From a history that may lag behind polls by a moment.',
  request: {
    query: z.object({
      saleId: id.optional(),
      ...pageQuery,
      cursor: z
        .string()
        .regex(/^\d{1,15}$/, 'is not the nextCursor of a page')
        .optional(),
    }),
  },
  responses: {
    200: json('The tickets', pageOf(ticketSchema)),
    ...problems('unauthenticated', 'validation_failed', 'unavailable'),
  },
});

const getTicket = createRoute({
  ...common,
  method: 'get',
  path: '/api/tickets/{ticketId}',
  summary: 'What became of a ticket',
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
    ...problems('unauthenticated', 'ticket_not_found', 'validation_failed', 'unavailable'),
  },
});

const cancelTicket = createRoute({
  ...common,
  method: 'delete',
  path: '/api/tickets/{ticketId}',
  summary: 'Leave the line or the waitlist, or give the hold back',
  description: 'A queued ticket is cancelled at its turn.',
  request: { params: z.object({ ticketId }) },
  responses: {
    200: json('The ticket', ticketSchema),
    ...problems('unauthenticated', 'ticket_not_found', 'not_cancellable', 'unavailable'),
  },
});

/** Routes of a buyer's tickets. */
export function ticketRoutes(deps: ApiDeps) {
  const { desk, sealer, views, attemptKeys, metrics } = deps;
  /**
   * The sale and the wished items by their places in it, from memory: what stands in the way may have changed,
   * so a refusal is looked at again with the sale as it is.
   */
  const resolve = async (saleId: string, request: TicketRequest) => {
    const known = views.peek(saleId);
    const items = known && wishOf(known, request);
    if (known !== undefined && typeof items === 'string') return { cached: known, items };
    const cached = await views.refresh(saleId);
    if (cached === undefined) throw new DomainError('sale_not_found');
    const fresh = wishOf(cached, request);
    if (typeof fresh !== 'string') throw fresh;
    return { cached, items: fresh };
  };

  return createApp()
    .openapi(takeTicket, async (c) => {
      const startedAt = performance.now();
      const { saleId } = c.req.valid('param');
      const key = c.req.valid('header')['idempotency-key'];
      const { buyer } = c.get('identity');
      const { cached, items } = await resolve(saleId, c.req.valid('json'));
      const { shard } = cached.sale;
      const requestId = c.get('requestId');
      const { ref, ahead } = await deps.acceptorOf(shard).accept({
        sale: saleId,
        buyer,
        items,
        requestId,
        ...(key === undefined ? {} : { key: attemptKeys.hash([buyer, saleId], key) }),
      });
      const sealed = sealer.seal(buyer, { shard, sale: saleId, ref });
      metrics.accepted.inc();
      metrics.acceptSeconds.observe((performance.now() - startedAt) / 1000);
      c.get('log').debug(
        { requestId, sale: saleId, shard, job: ref.job, uid: ref.uid },
        'accepted',
      );
      c.header('Location', `/api/tickets/${sealed}`);
      return c.json(
        {
          ticketId: sealed,
          saleId,
          status: 'queued' as const,
          position: ref.position,
          ahead,
          retryAfterMs: desk.retryAfterMs(shard, ahead),
        },
        202,
      );
    })
    .openapi(listTicketsRoute, async (c) => {
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
      return c.json(
        page(tickets, limit, ({ cursor }) => cursor, show),
        200,
      );
    })
    .openapi(getTicket, async (c) => {
      const { ticketId } = c.req.valid('param');
      const waitMs = c.req.valid('query').wait * 1000;
      const { buyer } = c.get('identity');
      return c.json(await desk.look(buyer, ticketId, waitMs, c.req.raw.signal), 200);
    })
    .openapi(cancelTicket, async (c) => {
      const { ticketId } = c.req.valid('param');
      return c.json(await desk.giveBack(c.get('identity').buyer, ticketId), 200);
    });
}
