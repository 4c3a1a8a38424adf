import { z } from '@hono/zod-openapi';
import { amount, currency, id } from './common.ts';
import { quantity } from './ticket.ts';

export const cartItemSchema = z.strictObject({ quantity }).openapi('CartItem');

export const cartSchema = z
  .object({
    saleId: id,
    items: z.array(
      z.object({
        productId: id,
        name: z.string(),
        quantity: z.int(),
        amount: amount.openapi({ description: 'Price of one unit' }),
        available: z
          .int()
          .openapi({ description: 'Units that are neither held nor sold: a cart reserves none' }),
      }),
    ),
    amount: z.int().openapi({ description: 'Price of everything' }),
    currency,
  })
  .openapi('Cart');
export type CartView = z.infer<typeof cartSchema>;
