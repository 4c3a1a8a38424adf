import { createRoute, z } from '@hono/zod-openapi';
import { findOrders } from '../../db/orders.ts';
import type { LineRouteDeps } from '../deps.ts';
import { answer } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { confirmOrder } from '../orders/confirm-order.ts';
import { showOrder } from '../orders/order-view.ts';
import { requireOrder } from '../orders/require-order.ts';
import { anyId, bearer, id, json, page, pageOf, pageQuery } from '../schemas/common.ts';
import { orderSchema, orderStatus } from '../schemas/order.ts';
import { problems } from '../schemas/problem.ts';
import { type ReleaseDeps, releaseOrder } from '../tickets/give-back.ts';

const common = { tags: ['Orders'], security: bearer };

const listOrders = createRoute({
  ...common,
  method: 'get',
  path: '/api/orders',
  operationId: 'listOrders',
  summary: 'Your orders, newest first',
  request: {
    query: z.object({ saleId: anyId.optional(), status: orderStatus.optional(), ...pageQuery }),
  },
  responses: {
    200: json('The orders', pageOf(orderSchema)),
    ...problems('unauthenticated', 'validation_failed', 'too_many_requests', 'unavailable'),
  },
});

const getOrder = createRoute({
  ...common,
  method: 'get',
  path: '/api/orders/{orderId}',
  operationId: 'getOrder',
  summary: 'One of your orders',
  request: { params: z.object({ orderId: id }) },
  responses: {
    200: json('The order', orderSchema),
    ...problems('unauthenticated', 'order_not_found', 'too_many_requests', 'unavailable'),
  },
});

const cancelOrder = createRoute({
  ...common,
  method: 'post',
  path: '/api/orders/{orderId}/cancel',
  operationId: 'cancelOrder',
  summary: 'Release a hold',
  request: { params: z.object({ orderId: id }) },
  responses: {
    200: json('The order', orderSchema),
    ...problems('unauthenticated', 'order_not_found', 'not_cancellable'),
    ...problems('too_many_requests', 'unavailable'),
  },
});

const confirmOrderRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/orders/{orderId}/confirm',
  operationId: 'confirmOrder',
  summary: 'Buy a held order that costs nothing',
  description: 'It is `paid` then, without a payment. Calling again answers the same.',
  request: { params: z.object({ orderId: id }) },
  responses: {
    200: json('The order', orderSchema),
    ...problems('unauthenticated', 'order_not_found', 'payment_required', 'order_not_payable'),
    ...problems('too_many_requests', 'unavailable'),
  },
});

/** The route definitions. */
export const ORDER_ROUTES = [listOrders, getOrder, cancelOrder, confirmOrderRoute];

/** Routes of a buyer's orders. */
export function orderRoutes(guards: Guards, deps: ReleaseDeps & Pick<LineRouteDeps, 'sealer'>) {
  const { db, sealer } = deps;
  const polled = [guards.authenticated, guards.limitPolls];
  const ofOrder = [guards.authenticatedForOrder, guards.limitPolls];
  // They may call Stripe, or end a hold.
  const paying = [guards.authenticatedForOrder, guards.limitPayments];
  return createApp()
    .openapi({ ...listOrders, middleware: polled }, async (c) => {
      const { saleId, status, limit, cursor } = c.req.valid('query');
      const orders = await findOrders(
        db,
        {
          buyer: c.get('identity').buyer,
          ...(saleId === undefined ? {} : { sale: saleId }),
          ...(status === undefined ? {} : { status }),
          ...(cursor === undefined ? {} : { after: cursor }),
        },
        limit + 1,
      );
      return answer(
        c,
        page(
          orders,
          limit,
          (order) => order.id,
          (order) => showOrder(sealer, order),
        ),
        200,
      );
    })
    .openapi({ ...getOrder, middleware: ofOrder }, async (c) => {
      const { orderId } = c.req.valid('param');
      const order = await requireOrder(db, { id: orderId, buyer: c.get('identity').buyer });
      return answer(c, showOrder(sealer, order), 200);
    })
    .openapi({ ...cancelOrder, middleware: paying }, async (c) => {
      const { orderId } = c.req.valid('param');
      const order = await releaseOrder(deps, c.get('identity').buyer, orderId);
      return answer(c, showOrder(sealer, order), 200);
    })
    .openapi({ ...confirmOrderRoute, middleware: paying }, async (c) => {
      const { orderId } = c.req.valid('param');
      const order = await confirmOrder(deps, c.get('identity').buyer, orderId);
      return answer(c, showOrder(sealer, order), 200);
    });
}
