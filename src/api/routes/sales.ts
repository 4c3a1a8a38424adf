import { createRoute, z } from '@hono/zod-openapi';
import { DomainError } from '../../domain/errors.ts';
import type { ApiDeps } from '../app.ts';
import { createApp } from '../create-app.ts';
import { limitPolls } from '../middleware/limit-requests.ts';
import { id, json, page, pageOf, pageQuery, problems } from '../schemas/common.ts';
import { saleSchema } from '../schemas/sale.ts';

const listSales = createRoute({
  method: 'get',
  path: '/api/sales',
  operationId: 'listSales',
  tags: ['Sales'],
  middleware: limitPolls,
  summary: 'All sales, newest first',
  request: { query: z.object(pageQuery) },
  responses: {
    200: json('The sales', pageOf(saleSchema)),
    ...problems('validation_failed', 'too_many_requests', 'unavailable'),
  },
});

const getSale = createRoute({
  method: 'get',
  path: '/api/sales/{saleId}',
  operationId: 'getSale',
  tags: ['Sales'],
  middleware: limitPolls,
  summary: 'A sale with live stock and the state of its line',
  request: { params: z.object({ saleId: id }) },
  responses: {
    200: json('The sale', saleSchema),
    ...problems('sale_not_found', 'too_many_requests', 'unavailable'),
  },
});

/** What everybody may read. */
export function saleRoutes({ views }: ApiDeps) {
  return createApp()
    .openapi(listSales, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const sales = await views.list(limit, cursor);
      return c.json(
        page(
          sales,
          limit,
          ({ sale }) => sale.id,
          (sale) => views.show(sale),
        ),
        200,
      );
    })
    .openapi(getSale, async (c) => {
      const sale = await views.find(c.req.valid('param').saleId);
      if (sale === undefined) throw new DomainError('sale_not_found');
      return c.json(views.show(sale), 200);
    });
}
