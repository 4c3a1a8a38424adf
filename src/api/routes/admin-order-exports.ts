import { createRoute, z } from '@hono/zod-openapi';
import { bulkhead } from 'cockatiel';
import type { Context } from 'hono';
import { eachOrderPage, type SaleOrders } from '../../db/order-pages.ts';
import type { AdminDeps } from '../deps.ts';
import { requestIdOf, send } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import type { ApiEnv } from '../http/env.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { exportOrders } from '../orders/order-export.ts';
import { ORDER_FORMATS } from '../orders/order-formats.ts';
import { type OrderSearch, saleOrders } from '../orders/order-search.ts';
import { showAdminOrders } from '../orders/order-view.ts';
import { bearer, id } from '../schemas/common.ts';
import { orderSearch } from '../schemas/order.ts';
import { ADMIN_READ, problems } from '../schemas/problem.ts';

const common = { tags: ['Admin'], security: bearer };
const request = { params: z.object({ saleId: id }), query: z.object(orderSearch) };

const exportCsv = createRoute({
  ...common,
  method: 'get',
  request,
  path: '/api/admin/sales/{saleId}/orders.csv',
  operationId: 'exportSaleOrders',
  summary: 'The orders of a sale as a spreadsheet, newest first',
  description:
    'CSV in UTF-8 with a byte order mark, a header row and one row per order, ending with CRLF. Text that a ' +
    'spreadsheet would evaluate as a formula is defused with an apostrophe; ids are not altered.',
  responses: {
    200: { description: 'The orders', content: { 'text/csv': { schema: z.string() } } },
    ...problems(...ADMIN_READ, 'sale_not_found', 'validation_failed'),
  },
});

/** Not a literal type, or the framework would demand that the handler answers with `c.json`. */
const JSON_LINES: string = 'application/jsonl';

const exportJsonLines = createRoute({
  ...common,
  method: 'get',
  request,
  path: '/api/admin/sales/{saleId}/orders.jsonl',
  operationId: 'exportSaleOrderLines',
  summary: 'The orders of a sale as JSON Lines, newest first',
  description: 'One line of JSON per order, each as the list of orders shows it, unaltered.',
  responses: {
    200: { description: 'The orders', content: { [JSON_LINES]: { schema: z.string() } } },
    ...problems(...ADMIN_READ, 'sale_not_found', 'validation_failed'),
  },
});

/** The route definitions. */
export const ADMIN_ORDER_EXPORT_ROUTES = [exportCsv, exportJsonLines];

/** Concurrent page reads of exports per process; the other connections are for buyers. */
const PAGES_AT_ONCE = 2;

/** Routes of the orders of a sale as files, for its seller. */
export function adminOrderExportRoutes(
  guards: Guards,
  { db, log, views, sealer }: Pick<AdminDeps, 'db' | 'log' | 'views' | 'sealer'>,
) {
  const turns = bulkhead(PAGES_AT_ONCE, Number.POSITIVE_INFINITY);
  async function* pagesOf(which: SaleOrders) {
    const pages = eachOrderPage(db, which, (read) => turns.execute(read));
    for await (const orders of pages) yield await showAdminOrders(db, sealer, orders);
  }
  const sendFile = async (
    c: Context<ApiEnv>,
    saleId: string,
    search: OrderSearch,
    extension: keyof typeof ORDER_FORMATS,
  ) => {
    await views.require(saleId);
    const format = ORDER_FORMATS[extension];
    const pages = pagesOf(saleOrders(sealer, saleId, search));
    const file = await exportOrders(pages, format, ({ kind, orders, error }) => {
      const isBroken = kind === 'broken';
      const about = { sale: saleId, requestId: requestIdOf(c), orders, err: error };
      log[isBroken ? 'error' : 'info'](about, `export of orders: ${kind}`);
      if (isBroken) c.env.outgoing.destroy();
    });
    return send(c, file, 200, {
      'content-type': format.mediaType,
      'content-disposition': `attachment; filename="orders-${saleId}.${extension}"`,
    });
  };
  return createApp()
    .openapi({ ...exportCsv, middleware: guards.adminLook('orders.export') }, (c) =>
      sendFile(c, c.req.valid('param').saleId, c.req.valid('query'), 'csv'),
    )
    .openapi({ ...exportJsonLines, middleware: guards.adminLook('orders.export') }, (c) =>
      sendFile(c, c.req.valid('param').saleId, c.req.valid('query'), 'jsonl'),
    );
}
