import { z } from '@hono/zod-openapi';
import { AMOUNT_MAX } from '../../domain/currency.ts';
import { MAX_ITEMS } from '../../domain/items.ts';
import { ORDER_STATUSES } from '../../domain/order.ts';
import { REFUND_ENDS } from '../../domain/payment.ts';
import { MAX_STOCK } from '../../domain/sale.ts';
import { amount, anyId, currency, email, id, text, time } from './common.ts';
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

/** A refund of a payment, or of a part of it. */
const orderRefund = z.object({
  amount: z.int(),
  status: z.string().openapi({
    description:
      '`refunding`, `refunded`, `refund_failed` (it is retried), or `refund_ended`: it can never be made',
  }),
  reason: z.string().openapi({ description: 'As `refundReason`' }),
  endReason: z
    .enum(REFUND_ENDS)
    .optional()
    .openapi({
      description:
        'Why it can never be made: the payment is `disputed` or `already_refunded`, Stripe does not know it ' +
        '(`not_ours`) or does not refund it (`not_refundable`), it `failed_at_stripe`',
    }),
  createdAt: time,
});

/** A dispute of a payment: the buyer asked the bank for the money back. */
const orderDispute = z.object({
  id: z.string(),
  paymentIntentId: z.string(),
  status: z.string().openapi({
    description: "Stripe's: `needs_response`, `under_review`, `won`, `lost`, `warning_closed`, …",
  }),
  reason: z.string().openapi({ description: "Stripe's: `fraudulent`, `product_not_received`, …" }),
  amount: z.int(),
  currency,
  createdAt: time,
  respondBy: time.optional(),
});

/** A payment, with Stripe's status until it is refunded. */
const orderPayment = z.object({
  paymentIntentId: z.string(),
  status: z.string().openapi({
    description:
      "Stripe's status (`requires_payment_method`, `processing`, `succeeded`, `canceled`, …); `refunding`, " +
      '`refunded` or `refund_failed` (it is retried) once all of it is refunded',
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
  amountRefunded: z.int().optional().openapi({ description: 'Left out where it is 0' }),
  refunds: z.array(orderRefund).optional().openapi({
    description: 'Refunds of the payment or of parts of it, oldest first',
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
        returned: z.int().optional().openapi({
          description: 'Units of it that were given back; left out where there are none',
        }),
      }),
    ),
    amount: z.int().openapi({ description: 'Price of the whole order' }),
    currency,
    amountRefunded: z.int().optional().openapi({
      description: 'What of it was refunded; left out where it is 0',
    }),
    holdExpiresAt: time,
    createdAt: time,
    paidAt: time.optional(),
    payments: z.array(orderPayment).optional().openapi({
      description: 'PaymentIntents of the order, oldest first; left out where there are none',
    }),
  })
  .openapi('Order');

export const contactSchema = z.strictObject({ email }).openapi('Contact');

/** What a seller wants to refund of an order. */
export const refundSchema = z
  .strictObject({
    restock: z.boolean().default(true).openapi({
      description: 'Units that go back are on sale again; otherwise they leave the product',
    }),
    amount: z.int().min(1).max(AMOUNT_MAX).optional().openapi({
      description: 'In minor units; all that is left when left out',
    }),
    items: z
      .array(z.strictObject({ productId: anyId, quantity: z.int().min(1).max(MAX_STOCK) }))
      .min(1)
      .max(MAX_ITEMS)
      .refine(
        (items) => new Set(items.map(({ productId }) => productId)).size === items.length,
        'names a product twice',
      )
      .optional()
      .openapi({
        description:
          'Units that go back with a part of the payment, none when left out. All go back with all that is left',
      }),
  })
  .openapi('Refund');

export const adminOrderSchema = orderSchema
  .extend({
    buyerId: z.string(),
    email: z.string().optional().openapi({
      description: "The buyer's address, where mails go; left out once it is not kept any more",
    }),
    name: z.string().optional().openapi({ description: "The name of the buyer's account" }),
    lineNumber: z.int(),
    dispute: orderDispute.optional().openapi({ description: 'The last dispute of its payments' }),
    messages: z.array(deliverySchema).openapi({
      description:
        'Messages to its buyer and to the webhook endpoints, sent and pending, oldest first',
    }),
  })
  .openapi('AdminOrder');
export type AdminOrderView = z.infer<typeof adminOrderSchema>;

export type OrderView = z.infer<typeof orderSchema>;
