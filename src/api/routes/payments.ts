import { createRoute, z } from '@hono/zod-openapi';
import { findOrders } from '../../db/orders.ts';
import { DomainError } from '../../domain/errors.ts';
import { requestIntent } from '../../payments/request.ts';
import type { ApiDeps } from '../app.ts';
import { createApp } from '../http/create-app.ts';
import { authenticate } from '../http/middleware/authenticate.ts';
import { limitPayments } from '../http/middleware/limit-requests.ts';
import { requirePayments } from '../require-payments.ts';
import { bearer, id, json } from '../schemas/common.ts';
import { paymentSchema } from '../schemas/payment.ts';
import { problems } from '../schemas/problem.ts';

const createPayment = createRoute({
  tags: ['Orders'],
  security: bearer,
  middleware: [authenticate(), limitPayments],
  method: 'post',
  path: '/api/orders/{orderId}/payment',
  operationId: 'payOrder',
  summary: 'Pay a held order: what Stripe.js needs to confirm its PaymentIntent',
  request: { params: z.object({ orderId: id }) },
  responses: {
    200: json('The same PaymentIntent on every call', paymentSchema),
    ...problems('unauthenticated', 'order_not_found', 'order_not_payable', 'payment_refused'),
    ...problems('too_many_requests', 'payments_unavailable', 'unavailable'),
  },
});

/** The route by which a buyer pays. */
export function paymentRoutes({ db, payments }: ApiDeps) {
  return createApp().openapi(createPayment, async (c) => {
    const { orderId } = c.req.valid('param');
    const [order] = await findOrders(db, { id: orderId, buyer: c.get('identity').buyer }, 1);
    if (order === undefined) throw new DomainError('order_not_found');
    const account = requirePayments(payments);
    const intent = await requestIntent(account, orderId);
    return c.json(
      {
        orderId,
        paymentIntentId: intent.id,
        clientSecret: intent.client_secret ?? '',
        publishableKey: account.publishableKey,
        amount: order.amount,
        currency: order.currency,
        holdExpiresAt: order.hold_expires_at.toISOString(),
      },
      200,
    );
  });
}
