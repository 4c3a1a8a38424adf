import { z } from '@hono/zod-openapi';
import { isChargeable, NOT_CHARGEABLE } from '../../domain/price.ts';
import { HOLD_LIMIT_MAX, MAX_PRODUCTS, MAX_STOCK } from '../../domain/sale.ts';
import { amount, currency, id, text, time } from './common.ts';

const name = text(200).refine((words) => words.trim() !== '', 'must not be empty');
const description = text(5_000);
const perBuyerLimit = z.int().min(1).max(MAX_STOCK);
const holdSeconds = z.int().min(1).max(86_400);
const holdLimit = z
  .strictObject({
    count: z.int().min(1).max(HOLD_LIMIT_MAX),
    windowSeconds: z.int().min(1).max(604_800),
  })
  .nullable()
  .openapi({ description: 'At most so many holds per e-mail address and per IP in that time' });

export const stockSchema = z.object({
  total: z.int(),
  available: z.int(),
  held: z.int(),
  sold: z.int(),
});

export const productSchema = z
  .object({ id, name, description, amount, currency, stock: stockSchema })
  .openapi('Product');

export const saleSchema = z
  .object({
    id,
    name,
    description,
    phase: z.enum(['upcoming', 'open', 'sold_out', 'closed']),
    startsAt: time,
    endsAt: time,
    serverTime: time,
    perBuyerLimit,
    holdSeconds,
    holdLimit,
    waitlist: z.boolean(),
    challenge: z.boolean().openapi({ description: 'Each ticket needs a solved challenge' }),
    products: z.array(productSchema),
    line: z.object({
      waiting: z.int().openapi({ description: 'Tickets that are not decided yet' }),
      decided: z.int().openapi({ description: 'The last line number that is public' }),
    }),
  })
  .openapi('Sale');
export type SaleView = z.infer<typeof saleSchema>;

/** What an event of a sale says: what changes while it runs. */
export type SaleEventView = Pick<SaleView, 'phase' | 'line' | 'serverTime'> & {
  readonly products: readonly Pick<SaleView['products'][number], 'id' | 'stock'>[];
};

export const newProductSchema = z
  .strictObject({
    name,
    description: description.default(''),
    amount,
    currency,
    stock: z.int().min(0).max(MAX_STOCK),
  })
  .refine((product) => isChargeable(product.amount, product.currency), {
    path: ['amount'],
    message: NOT_CHARGEABLE,
  })
  .openapi('NewProduct');

export const newSaleSchema = z
  .strictObject({
    name,
    description: description.default(''),
    startsAt: time,
    endsAt: time,
    perBuyerLimit,
    holdSeconds,
    holdLimit: holdLimit.default(null),
    waitlist: z
      .boolean()
      .default(false)
      .openapi({ description: 'What comes back is offered in line order; fixed from then on' }),
    challenge: z.boolean().default(false).openapi({
      description: 'Each ticket needs the solution of a challenge; fixed from then on',
    }),
    products: z.array(newProductSchema).min(1).max(MAX_PRODUCTS),
  })
  .openapi('NewSale');

export const saleChangeSchema = z
  .strictObject({
    name: name.optional(),
    description: description.optional(),
    startsAt: time.optional().openapi({ description: 'Frozen once the sale has opened' }),
    endsAt: time.optional(),
    perBuyerLimit: perBuyerLimit.optional(),
    holdSeconds: holdSeconds.optional().openapi({ description: 'Holds from now on' }),
    holdLimit: holdLimit.optional(),
    products: z
      .array(
        z.strictObject({
          id,
          name: name.optional(),
          description: description.optional(),
          amount: amount.optional().openapi({ description: 'Frozen once the sale has opened' }),
          currency: currency.optional().openapi({ description: 'Frozen once the sale has opened' }),
        }),
      )
      .max(MAX_PRODUCTS)
      .refine(
        (products) => new Set(products.map((one) => one.id)).size === products.length,
        'names a product twice',
      )
      .optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'says nothing to change')
  .openapi('SaleChange');
export type SaleChange = z.infer<typeof saleChangeSchema>;

export const restockSchema = z
  .strictObject({
    delta: z
      .int()
      .min(-MAX_STOCK)
      .max(MAX_STOCK)
      .refine((delta) => delta !== 0, 'must not be 0'),
  })
  .openapi('Restock');
