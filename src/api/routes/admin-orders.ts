import { createRoute, z } from '@hono/zod-openapi';
import { listOrderDeliveries } from '../../db/deliveries.ts';
import { findOrders, type OrderRecord } from '../../db/orders.ts';
import { DomainError } from '../../domain/errors.ts';
import { refundOrder } from '../../payments/refund.ts';
import type { ApiDeps } from '../app.ts';
import { createApp } from '../create-app.ts';
import { authenticate } from '../middleware/authenticate.ts';
import { limitBody } from '../middleware/limit-body.ts';
import { showAdminOrder } from '../order-view.ts';
import { requirePayments } from '../require-payments.ts';
import { bearer, body, id, json, page, pageOf, pageQuery, problems } from '../schemas/common.ts';
import { adminOrderSchema, orderStatus } from '../schemas/order.ts';

const common = { tags: ['Admin'], security: bearer };
const ADMIN = ['unauthenticated', 'forbidden', 'unavailable'] as const;

const listOrders = createRoute({
  ...common,
  method: 'get',
  path: '/api/admin/sales/{saleId}/orders',
  operationId: 'listSaleOrders',
  summary: 'The orders of a sale with their payments and messages, newest first',
  middleware: [authenticate('admin')],
  request: {
    params: z.object({ saleId: id }),
    query: z.object({ status: orderStatus.optional(), ...pageQuery }),
  },
  responses: {
    200: json('The orders', pageOf(adminOrderSchema)),
    ...problems(...ADMIN, 'sale_not_found', 'validation_failed'),
  },
});

const refund = createRoute({
  ...common,
  method: 'post',
  path: '/api/admin/orders/{orderId}/refund',
  operationId: 'refundOrder',
  summary: 'Give the payment of an order back, and its units',
  description:
    'With `restock` the units are on sale again, or offered to the waitlist; without, the product has fewer in all. ' +
    'Calling again changes nothing. While Stripe is away the order stays `paid`, its payment is `refunding`, and ' +
    'the refund is tried again until it is made.',
  middleware: [authenticate('admin'), limitBody] as const,
  request: {
    params: z.object({ orderId: id }),
    body: body(z.strictObject({ restock: z.boolean().default(true) }).openapi('Refund')),
  },
  responses: {
    200: json('The order', adminOrderSchema),
    ...problems(...ADMIN, 'order_not_found', 'not_refundable', 'validation_failed'),
    ...problems('payments_unavailable', 'malformed_json', 'body_too_large'),
    ...problems('unsupported_media_type'),
  },
});

/** Routes of the orders of a sale, for its seller. */
export function adminOrderRoutes({ db, views, sealer, payments }: ApiDeps) {
  const find = async (orderId: string): Promise<OrderRecord> => {
    const [order] = await findOrders(db, { id: orderId }, 1);
    if (order === undefined) throw new DomainError('order_not_found');
    return order;
  };
  return createApp()
    .openapi(listOrders, async (c) => {
      const { saleId } = c.req.valid('param');
      const { status, limit, cursor } = c.req.valid('query');
      if ((await views.find(saleId)) === undefined) throw new DomainError('sale_not_found');
      const orders = await findOrders(
        db,
        {
          sale: saleId,
          ...(status === undefined ? {} : { status }),
          ...(cursor === undefined ? {} : { after: cursor }),
        },
        limit + 1,
      );
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
    .openapi(refund, async (c) => {
      const { orderId } = c.req.valid('param');
      const { restock } = c.req.valid('json');
      await refundOrder(requirePayments(payments), await find(orderId), restock);
      const messages = await listOrderDeliveries(db, [orderId]);
      const order = await find(orderId);
      return c.json(showAdminOrder(sealer, order, messages.get(orderId) ?? []), 200);
    });
}
