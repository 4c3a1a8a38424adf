import { z } from '@hono/zod-openapi';
import { ORDER_STATUSES } from '../../domain/order.ts';
import { amount, currency, id, text, time } from './common.ts';
import { deliverySchema } from './webhook.ts';

export const orderStatus = z.enum(ORDER_STATUSES);

/** Which orders of a sale a seller looks for: in lists and exports alike. */
export const orderSearch = {
  status: z
    .preprocess(
      (value) => (typeof value === 'string' ? [value] : value),
      z.array(orderStatus).max(ORDER_STATUSES.length),
    )
    .optional()
    .openapi({
      type: 'array',
      items: { type: 'string', enum: orderStatus.options },
    }),
  q: text(1_000).min(1).optional(),
};

/** A payment as Stripe calls it until it goes back. */
const orderPayment = z.object({
  paymentIntentId: z.string(),
  status: z.string().openapi({
    description:
      "Stripe's words (`requires_payment_method`, `processing`, `succeeded`, `canceled`, …); `refunding`, " +
      '`refunded` or `refund_failed` (it is tried again) once it goes back',
  }),
  amount: z.int(),
  currency,
  refundReason: z
    .string()
    .optional()
    .openapi({
      description:
        'Why it goes back: `requested` by the seller, made `at_stripe`, or by itself: `sold_out` or `limit_reached` ' +
        '(it came late), `surplus` (another one paid), `wrong_amount`',
    }),
});

export const orderSchema = z
  .object({
    id,
    saleId: id,
    ticketId: z.string(),
    status: orderStatus,
    items: z.array(
      z.object({
        productId: id,
        name: z.string(),
        quantity: z.int(),
        amount: amount.openapi({ description: 'Price of one unit' }),
      }),
    ),
    amount: z.int().openapi({ description: 'Price of the whole order' }),
    currency,
    holdExpiresAt: time,
    createdAt: time,
    paidAt: time.optional(),
    payments: z.array(orderPayment).optional().openapi({
      description: 'PaymentIntents of the order, oldest first; left out where there are none',
    }),
  })
  .openapi('Order');

export const adminOrderSchema = orderSchema
  .extend({
    buyerId: z.string(),
    lineNumber: z.int(),
    messages: z.array(deliverySchema).openapi({
      description:
        'What its buyer and the endpoints of the sale were told, or are to be, oldest first',
    }),
  })
  .openapi('AdminOrder');
export type AdminOrderView = z.infer<typeof adminOrderSchema>;

export type OrderView = z.infer<typeof orderSchema>;
