import { z } from '@hono/zod-openapi';
import { amount, currency, id, time } from './common.ts';

export const orderStatus = z.enum(['held', 'paid', 'expired', 'cancelled', 'refunded']);

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
  })
  .openapi('Order');
export type OrderView = z.infer<typeof orderSchema>;
