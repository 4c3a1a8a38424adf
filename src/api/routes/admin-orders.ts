import { createRoute, z } from '@hono/zod-openapi';
import { findOrders, type OrderRecord } from '../../db/orders.ts';
import { wantRefund } from '../../db/refunds.ts';
import { DomainError } from '../../domain/errors.ts';
import { isOutage } from '../../line/outage.ts';
import { giveBack } from '../../payments/refund.ts';
import { isRefused, isStripeAway } from '../../payments/stripe.ts';
import type { ApiDeps } from '../app.ts';
import { createApp } from '../create-app.ts';
import { authenticate } from '../middleware/authenticate.ts';
import { limitBody } from '../middleware/limit-body.ts';
import { showAdminOrder } from '../order-view.ts';
import { bearer, body, id, json, page, pageOf, pageQuery, problems } from '../schemas/common.ts';
import { adminOrderSchema, orderStatus } from '../schemas/order.ts';

const common = { tags: ['Admin'], security: bearer };
const ADMIN = ['unauthenticated', 'forbidden', 'unavailable'] as const;

const listOrders = createRoute({
  ...common,
  method: 'get',
  path: '/api/admin/sales/{saleId}/orders',
  summary: 'The orders of a sale with their payments, newest first',
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

const refundOrder = createRoute({
  ...common,
  method: 'post',
  path: '/api/admin/orders/{orderId}/refund',
  summary: 'Give the payment of an order back, and its units',
  description:
    'With `restock` the units are on sale again, or offered to the waitlist; without, the product has fewer in all. ' +
    'Calling again changes nothing. While Stripe is away the order stays `paid`, its payment is `refunding`, and ' +
    'the refund is tried again until it is made.',
  middleware: [authenticate('admin'), limitBody] as const,
  request: {
    params: z.object({ orderId: id }),
    body: body(z.strictObject({ restock: z.boolean().default(true) })),
  },
  responses: {
    200: json('The order', adminOrderSchema),
    ...problems(...ADMIN, 'order_not_found', 'not_refundable', 'validation_failed'),
    ...problems('payments_unavailable', 'malformed_json', 'body_too_large'),
    ...problems('unsupported_media_type'),
  },
});

/** Routes of the orders of a sale, for its seller. */
export function adminOrderRoutes({ db, log, views, sealer, payments }: ApiDeps) {
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
      return c.json(
        page(
          orders,
          limit,
          (order) => order.id,
          (order) => showAdminOrder(sealer, order),
        ),
        200,
      );
    })
    .openapi(refundOrder, async (c) => {
      const { orderId } = c.req.valid('param');
      const { restock } = c.req.valid('json');
      if (payments === undefined) {
        throw new DomainError('payments_unavailable', 'They are not set up.');
      }
      const order = await find(orderId);
      const paying = order.payments.find(
        ({ outcome }) => outcome === 'paid' || outcome === 'retaken',
      );
      if (paying === undefined) {
        throw new DomainError('not_refundable', `It is ${order.status}: nothing was paid.`);
      }
      await wantRefund(db, { payment: paying.id, reason: 'requested', restock });
      try {
        await giveBack(payments, paying.id);
      } catch (error) {
        // It is noted: a worker tries again.
        if (!isStripeAway(error) && !isRefused(error) && !isOutage(error)) throw error;
        log.warn({ err: error, order: orderId }, 'a refund waits for its next try');
      }
      return c.json(showAdminOrder(sealer, await find(orderId)), 200);
    });
}
