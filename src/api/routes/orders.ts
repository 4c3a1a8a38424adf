import { createRoute, z } from '@hono/zod-openapi';
import { findOrders } from '../../db/orders.ts';
import { DomainError } from '../../domain/errors.ts';
import type { ApiDeps } from '../app.ts';
import { createApp } from '../http/create-app.ts';
import { authenticate } from '../http/middleware/authenticate.ts';
import { limitPayments, limitPolls } from '../http/middleware/limit-requests.ts';
import { showOrder } from '../orders/order-view.ts';
import { bearer, id, json, page, pageOf, pageQuery } from '../schemas/common.ts';
import { orderSchema, orderStatus } from '../schemas/order.ts';
import { problems } from '../schemas/problem.ts';

const common = { tags: ['Orders'], security: bearer, middleware: [authenticate(), limitPolls] };

const listOrders = createRoute({
  ...common,
  method: 'get',
  path: '/api/orders',
  operationId: 'listOrders',
  summary: 'Your orders, newest first',
  request: {
    query: z.object({ saleId: id.optional(), status: orderStatus.optional(), ...pageQuery }),
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
  middleware: [authenticate(), limitPayments],
  method: 'post',
  path: '/api/orders/{orderId}/cancel',
  operationId: 'cancelOrder',
  summary: 'Give a hold back',
  request: { params: z.object({ orderId: id }) },
  responses: {
    200: json('The order', orderSchema),
    ...problems('unauthenticated', 'order_not_found', 'not_cancellable'),
    ...problems('too_many_requests', 'unavailable'),
  },
});

/** Routes of a buyer's orders. */
export function orderRoutes({ db, desk, sealer }: ApiDeps) {
  return createApp()
    .openapi(listOrders, async (c) => {
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
      return c.json(
        page(
          orders,
          limit,
          (order) => order.id,
          (order) => showOrder(sealer, order),
        ),
        200,
      );
    })
    .openapi(getOrder, async (c) => {
      const { orderId } = c.req.valid('param');
      const [order] = await findOrders(db, { id: orderId, buyer: c.get('identity').buyer }, 1);
      if (order === undefined) throw new DomainError('order_not_found');
      return c.json(showOrder(sealer, order), 200);
    })
    .openapi(cancelOrder, async (c) => {
      const { orderId } = c.req.valid('param');
      return c.json(
        showOrder(sealer, await desk.releaseOrder(c.get('identity').buyer, orderId)),
        200,
      );
    });
}
