import { z } from '@hono/zod-openapi';
import { ORDER_STATUSES } from '../../domain/order.ts';
import { amount, currency, email, id, text, time } from './common.ts';
import { deliverySchema } from './webhook.ts';

export const orderStatus = z.enum(ORDER_STATUSES);

/** A seller's filter of the orders of a sale, for lists and exports alike. */
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

/** A payment, with Stripe's status until it is refunded. */
const orderPayment = z.object({
  paymentIntentId: z.string(),
  status: z.string().openapi({
    description:
      "Stripe's status (`requires_payment_method`, `processing`, `succeeded`, `canceled`, …); `refunding`, " +
      '`refunded` or `refund_failed` (it is retried) once it is refunded',
  }),
  amount: z.int(),
  currency,
  refundReason: z
    .string()
    .optional()
    .openapi({
      description:
        'Why it is refunded: `requested` by the seller, made `at_stripe`, or automatically: `sold_out` or `limit_reached` ' +
        '(it arrived late), `surplus` (another one paid), `wrong_amount`',
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

export const contactSchema = z.strictObject({ email }).openapi('Contact');

export const adminOrderSchema = orderSchema
  .extend({
    buyerId: z.string(),
    email: z.string().optional().openapi({
      description: "The buyer's address, where mails go; left out once it is not kept any more",
    }),
    name: z.string().optional().openapi({ description: "The name of the buyer's account" }),
    lineNumber: z.int(),
    messages: z.array(deliverySchema).openapi({
      description:
        'Messages to its buyer and to the webhook endpoints, sent and pending, oldest first',
    }),
  })
  .openapi('AdminOrder');
export type AdminOrderView = z.infer<typeof adminOrderSchema>;

export type OrderView = z.infer<typeof orderSchema>;
