import { createRoute, z } from '@hono/zod-openapi';
import { correctContact } from '../../db/contacts.ts';
import { findSaleOrders } from '../../db/order-pages.ts';
import type { OrderRecord } from '../../db/orders.ts';
import { refundOrder } from '../../payments/refund.ts';
import type { AdminDeps } from '../deps.ts';
import { answer } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { takeBackFreeOrder } from '../orders/free-order.ts';
import { saleOrders } from '../orders/order-search.ts';
import { showAdminOrders } from '../orders/order-view.ts';
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
  contactSchema,
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

const correct = createRoute({
  ...common,
  method: 'put',
  path: '/api/admin/orders/{orderId}/contact',
  operationId: 'correctContact',
  summary: "Correct the address of an order's buyer",
  description:
    'Mails to the buyer go there from now on. Those about this order are sent again, and those about other ' +
    'orders whose links stop working by it. The log-in of an account stays as it is.',
  request: { params: z.object({ orderId: id }), body: body(contactSchema) },
  responses: {
    200: json('The order', adminOrderSchema),
    ...problems(...ADMIN_WRITE, 'order_not_found'),
  },
});

/** The route definitions. */
export const ADMIN_ORDER_ROUTES = [listOrders, refund, correct];

/** Routes of the orders of a sale, for its seller. */
export function adminOrderRoutes(
  guards: Guards,
  deps: Pick<AdminDeps, 'db' | 'shards' | 'views' | 'sealer' | 'payments' | 'attemptKeys'>,
) {
  const { db, shards, views, sealer, payments, attemptKeys } = deps;
  const show = async (order: OrderRecord) => {
    const [shown] = await showAdminOrders(db, sealer, [order]);
    if (shown === undefined) throw new Error('one order is shown as one');
    return shown;
  };
  return createApp()
    .openapi({ ...listOrders, middleware: guards.admin }, async (c) => {
      const { saleId } = c.req.valid('param');
      const { limit, cursor, ...search } = c.req.valid('query');
      await views.require(saleId);
      const which = saleOrders(sealer, saleId, search);
      const orders = await findSaleOrders(db, { ...which, after: cursor }, limit + 1);
      const shown = await showAdminOrders(db, sealer, orders);
      return answer(
        c,
        page(
          shown,
          limit,
          ({ id }) => id,
          (order) => order,
        ),
        200,
      );
    })
    .openapi({ ...refund, middleware: guards.adminWrite('order.refund') }, async (c) => {
      const { orderId } = c.req.valid('param');
      const wanted = c.req.valid('json');
      const order = await requireOrder(db, { id: orderId });
      const before = moneyOf(await show(order));
      await c.get('trail').note({ sale: order.sale_id, wanted, before });
      const { sale } = await views.require(order.sale_id);
      const key = c.req.valid('header')['idempotency-key'];
      const hash = key && attemptKeys.hash(sale, ['refund', orderId], key);
      const wish = refundWish(order, wanted, hash);
      const request =
        order.amount === 0
          ? await takeBackFreeOrder({ db, shards }, order, wish)
          : await refundOrder(requirePayments(payments), order, wish);
      const refunded = await show(await requireOrder(db, { id: orderId }));
      const { restock, repeated } = request;
      c.get('trail').changed({ restock, repeated, ...moneyOf(refunded) });
      return answer(c, refunded, 200);
    })
    .openapi({ ...correct, middleware: guards.adminWrite('order.contact') }, async (c) => {
      const { orderId } = c.req.valid('param');
      const { email } = c.req.valid('json');
      const order = await requireOrder(db, { id: orderId });
      // Without addresses: the trail is kept for ever.
      await c.get('trail').note({ sale: order.sale_id });
      const buyer = order.buyer_id;
      const mails = await correctContact(db, { order: orderId, buyer, email, now: new Date() });
      c.get('trail').changed({ mails });
      return answer(c, await show(order), 200);
    });
}

/** The fields of a refund that the trail records: what changes of them, it shows. */
function moneyOf({ status, amount, currency, amountRefunded, items, payments }: AdminOrderView) {
  const unitsReturned = items.reduce((sum, { returned = 0 }) => sum + returned, 0);
  return {
    ...{ status, amount, currency, amountRefunded: amountRefunded ?? 0, unitsReturned },
    payments: payments?.map(({ refunds: _, amountRefunded: __, ...payment }) => payment),
  };
}
