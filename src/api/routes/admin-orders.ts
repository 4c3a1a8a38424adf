import { createRoute, z } from '@hono/zod-openapi';
import { bulkhead } from 'cockatiel';
import { listOrderDeliveries } from '../../db/deliveries.ts';
import { eachOrderPage, findSaleOrders, type SaleOrders } from '../../db/order-pages.ts';
import type { OrderRecord } from '../../db/orders.ts';
import type { OrderStatus } from '../../domain/order.ts';
import type { TicketSealer } from '../../line/ticket-id.ts';
import { refundOrder } from '../../payments/refund.ts';
import type { AdminDeps } from '../deps.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { takeBackFreeOrder } from '../orders/free-order.ts';
import { ordersAsCsv } from '../orders/order-csv.ts';
import { showAdminOrder } from '../orders/order-view.ts';
import { refundWish } from '../orders/refund-wish.ts';
import { requireOrder } from '../orders/require-order.ts';
import { requirePayments } from '../orders/require-payments.ts';
import {
  bearer,
  body,
  id,
  idempotencyKey,
  json,
  page,
  pageOf,
  pageQuery,
} from '../schemas/common.ts';
import {
  type AdminOrderView,
  adminOrderSchema,
  orderSearch,
  refundSchema,
} from '../schemas/order.ts';
import { ADMIN_READ, ADMIN_WRITE, problems } from '../schemas/problem.ts';

const common = { tags: ['Admin'], security: bearer };

const listOrders = createRoute({
  ...common,
  method: 'get',
  path: '/api/admin/sales/{saleId}/orders',
  operationId: 'listSaleOrders',
  summary: 'The orders of a sale with their payments and messages, newest first',
  request: {
    params: z.object({ saleId: id }),
    query: z.object({ ...orderSearch, ...pageQuery }),
  },
  responses: {
    200: json('The orders', pageOf(adminOrderSchema)),
    ...problems(...ADMIN_READ, 'sale_not_found', 'validation_failed'),
  },
});

const exportOrders = createRoute({
  ...common,
  method: 'get',
  path: '/api/admin/sales/{saleId}/orders.csv',
  operationId: 'exportSaleOrders',
  summary: 'The orders of a sale as a file, newest first',
  description:
    'CSV in UTF-8 with a header row and one row per order. Text that a spreadsheet would ' +
    'evaluate as a formula is prefixed with an apostrophe.',
  request: { params: z.object({ saleId: id }), query: z.object(orderSearch) },
  responses: {
    200: { description: 'The orders', content: { 'text/csv': { schema: z.string() } } },
    ...problems(...ADMIN_READ, 'sale_not_found', 'validation_failed'),
  },
});

const refund = createRoute({
  ...common,
  method: 'post',
  path: '/api/admin/orders/{orderId}/refund',
  operationId: 'refundOrder',
  summary: 'Refund an order or a part of it, and return its units',
  description:
    'With `restock` the units are on sale again, or offered to the waitlist; without, they leave the product. ' +
    'With `amount` a part is refunded, and the order stays `paid` until nothing is left; which units go back with it, ' +
    '`items` says. Refunding all that is left again changes nothing; repeat a part with the same `Idempotency-Key`. ' +
    'An order that cost nothing gives only its units back. While Stripe is unavailable the order stays `paid`, its payment is `refunding`, and ' +
    'the refund is retried until it succeeds.',
  request: {
    params: z.object({ orderId: id }),
    headers: z.object({ 'idempotency-key': idempotencyKey.optional() }),
    body: body(refundSchema),
  },
  responses: {
    200: json('The order', adminOrderSchema),
    ...problems(
      ...ADMIN_WRITE,
      ...(['order_not_found', 'not_refundable', 'refund_too_large', 'unknown_product'] as const),
      ...(['invalid_quantity', 'idempotency_key_reused', 'invalid_idempotency_key'] as const),
      'payments_unavailable',
    ),
  },
});

/** The route definitions. */
export const ADMIN_ORDER_ROUTES = [listOrders, exportOrders, refund];

/** Concurrent page reads of exports per process; the other connections are for buyers. */
const PAGES_AT_ONCE = 2;

/** Routes of the orders of a sale, for its seller. */
export function adminOrderRoutes(
  guards: Guards,
  deps: Pick<AdminDeps, 'db' | 'log' | 'shards' | 'views' | 'sealer' | 'payments' | 'attemptKeys'>,
) {
  const { db, log, shards, views, sealer, payments, attemptKeys } = deps;
  const show = async (order: OrderRecord): Promise<AdminOrderView> => {
    const messages = await listOrderDeliveries(db, [order.id]);
    return showAdminOrder(sealer, order, messages.get(order.id) ?? []);
  };
  const turns = bulkhead(PAGES_AT_ONCE, Number.POSITIVE_INFINITY);
  return createApp()
    .openapi({ ...listOrders, middleware: guards.admin }, async (c) => {
      const { saleId } = c.req.valid('param');
      const { limit, cursor, ...search } = c.req.valid('query');
      await views.require(saleId);
      const which = searchOf(sealer, saleId, search);
      const orders = await findSaleOrders(db, { ...which, after: cursor }, limit + 1);
      const messages = await listOrderDeliveries(
        db,
        orders.map((order) => order.id),
      );
      return c.json(
        page(
          orders,
          limit,
          (order) => order.id,
          (order) => showAdminOrder(sealer, order, messages.get(order.id) ?? []),
        ),
        200,
      );
    })
    .openapi({ ...exportOrders, middleware: guards.admin }, async (c) => {
      const { saleId } = c.req.valid('param');
      await views.require(saleId);
      const which = searchOf(sealer, saleId, c.req.valid('query'));
      const pages = eachOrderPage(db, which, (read) => turns.execute(read));
      const requestId = c.get('requestId');
      const csv = await ordersAsCsv(pages, sealer, ({ kind, orders, error }) => {
        const isBroken = kind === 'broken';
        const about = { sale: saleId, requestId, orders, err: error };
        log[isBroken ? 'error' : 'info'](about, `export of orders: ${kind}`);
        if (isBroken) c.env.outgoing.destroy();
      });
      return c.body(csv, 200, {
        'Content-Type': 'text/csv; charset=utf-8',
        'Content-Disposition': `attachment; filename="orders-${saleId}.csv"`,
      });
    })
    .openapi({ ...refund, middleware: guards.adminWrite('order.refund') }, async (c) => {
      const { orderId } = c.req.valid('param');
      const wanted = c.req.valid('json');
      const order = await requireOrder(db, { id: orderId });
      const before = moneyOf(await show(order));
      await c.get('trail').note({ sale: order.sale_id, wanted, before });
      const key = c.req.valid('header')['idempotency-key'];
      const wish = refundWish(order, wanted, key && attemptKeys.hash(['refund', orderId], key));
      const request =
        order.amount === 0
          ? await takeBackFreeOrder(shards, order, wish)
          : await refundOrder(requirePayments(payments), order, wish);
      const refunded = await show(await requireOrder(db, { id: orderId }));
      const { restock, repeated } = request;
      c.get('trail').changed({ restock, repeated, ...moneyOf(refunded) });
      return c.json(refunded, 200);
    });
}

interface OrderSearch {
  readonly status?: readonly OrderStatus[] | undefined;
  readonly q?: string | undefined;
}

function searchOf(sealer: TicketSealer, sale: string, { status, q }: OrderSearch): SaleOrders {
  const match = q === undefined ? undefined : { text: q, identity: sealer.unverifiedIdentity(q) };
  return { sale, statuses: status, match };
}

/** The fields of a refund that the trail records: what changes of them, it shows. */
function moneyOf({ status, amount, currency, amountRefunded, items, payments }: AdminOrderView) {
  const unitsReturned = items.reduce((sum, { returned = 0 }) => sum + returned, 0);
  return {
    ...{ status, amount, currency, amountRefunded: amountRefunded ?? 0, unitsReturned },
    payments: payments?.map(({ refunds: _, amountRefunded: __, ...payment }) => payment),
  };
}
