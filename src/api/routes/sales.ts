import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { SaleDeps } from '../deps.ts';
import { answerText, answerUnchanged, hasIt, noStore, send } from '../http/answer.ts';
import { clientIp } from '../http/client-ip.ts';
import { createApp } from '../http/create-app.ts';
import type { ApiEnv } from '../http/env.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { goOn } from '../http/steps.ts';
import type { SharedText } from '../sales/sale-texts.ts';
import { id, json, pageOf, pageQuery, tagged, UNCHANGED } from '../schemas/common.ts';
import { problems } from '../schemas/problem.ts';
import { type SaleView, saleSchema } from '../schemas/sale.ts';

const listSales = createRoute({
  method: 'get',
  path: '/api/sales',
  operationId: 'listSales',
  tags: ['Sales'],
  summary: 'All sales, newest first',
  request: { query: z.object(pageQuery) },
  responses: {
    200: tagged(json('The sales', pageOf(saleSchema))),
    304: UNCHANGED,
    ...problems('validation_failed', 'too_many_requests', 'unavailable'),
  },
});

const getSale = createRoute({
  method: 'get',
  path: '/api/sales/{saleId}',
  operationId: 'getSale',
  tags: ['Sales'],
  summary: 'A sale with its live stock and the state of its line',
  request: { params: z.object({ saleId: id }) },
  responses: {
    200: tagged(json('The sale', saleSchema)),
    304: UNCHANGED,
    ...problems('sale_not_found', 'too_many_requests', 'unavailable'),
  },
});

const watchSale = createRoute({
  method: 'get',
  path: '/api/sales/{saleId}/events',
  operationId: 'watchSale',
  tags: ['Sales'],
  summary: 'Changes of a sale, as server-sent events',
  description:
    'A snapshot first, then one per change, at most four per second: `{phase, products: [{id, ' +
    'stock}], line, serverTime}` as in the sale. Each is complete, so missing some does no harm. ' +
    'There is one at least every 15 s: after a much longer silence the connection is dead. ' +
    'For `EventSource`: the events have no name, use `onmessage`.',
  request: { params: z.object({ saleId: id }) },
  responses: {
    200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
    ...problems('sale_not_found', 'too_many_requests', 'unavailable'),
  },
});

/** The route definitions. */
export const SALE_ROUTES = [listSales, getSale, watchSale];

/** The public routes. */
export function saleRoutes(
  { limitPolls }: Guards,
  { views, texts, events, proxyTrust }: Omit<SaleDeps, 'challenges'>,
) {
  return createApp()
    .openapi({ ...listSales, middleware: limitPolls }, (c) => {
      const { limit, cursor } = c.req.valid('query');
      return goOn(texts.list(limit, cursor), (made) => share<SaleList>(c, made));
    })
    .openapi({ ...getSale, middleware: limitPolls }, (c) =>
      goOn(texts.sale(c.req.valid('param').saleId), (made) => share<SaleView>(c, made)),
    )
    .openapi({ ...watchSale, middleware: limitPolls }, async (c) => {
      const sale = await views.require(c.req.valid('param').saleId);
      noStore(c);
      // What answers a HEAD would never be read, nor cancelled.
      const isHead = c.req.method === 'HEAD';
      const stream = isHead ? null : events.open(sale, clientIp(c, proxyTrust));
      return send(c, stream, 200, {
        'content-type': 'text/event-stream',
        'x-accel-buffering': 'no', // otherwise nginx buffers events
      });
    });
}

interface SaleList {
  items: SaleView[];
  nextCursor?: string | undefined;
}

/** Answers with a text that many get, or with 304 who has it. */
function share<T extends object>(c: Context<ApiEnv>, { text, etag }: SharedText) {
  if (hasIt(c, etag)) return answerUnchanged(c, etag);
  return answerText<T, 200>(c, text, 200, { etag });
}
