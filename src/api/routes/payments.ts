import { createRoute, z } from '@hono/zod-openapi';
import { DomainError } from '../../domain/errors.ts';
import { requestIntent } from '../../payments/request.ts';
import type { PaymentRouteDeps } from '../deps.ts';
import { answer } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { requireOrder } from '../orders/require-order.ts';
import { requirePayments } from '../orders/require-payments.ts';
import { bearer, id, json } from '../schemas/common.ts';
import { paymentSchema } from '../schemas/payment.ts';
import { problems } from '../schemas/problem.ts';

const createPayment = createRoute({
  tags: ['Orders'],
  security: bearer,
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

/** The route definitions. */
export const PAYMENT_ROUTES = [createPayment];

/** The route by which a buyer pays. */
export function paymentRoutes(
  { authenticatedForOrder, limitPayments }: Guards,
  { db, payments }: Pick<PaymentRouteDeps, 'db' | 'payments'>,
) {
  return createApp().openapi(
    { ...createPayment, middleware: [authenticatedForOrder, limitPayments] },
    async (c) => {
      const { orderId } = c.req.valid('param');
      const order = await requireOrder(db, { id: orderId, buyer: c.get('identity').buyer });
      if (order.amount === 0) {
        throw new DomainError(
          'order_not_payable',
          'It costs nothing: confirm it with POST /api/orders/:orderId/confirm.',
        );
      }
      const account = requirePayments(payments);
      const intent = await requestIntent(account, orderId);
      return answer(
        c,
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
    },
  );
}
