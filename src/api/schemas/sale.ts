import { z } from '@hono/zod-openapi';
import { type Codec, decode, encode, given } from '../../domain/codec.ts';
import { priceProblem } from '../../domain/price.ts';
import {
  HOLD_LIMIT_MAX,
  HOLD_SECONDS_MAX,
  HOLD_WINDOW_SECONDS_MAX,
  MAX_PRODUCTS,
  MAX_STOCK,
  PHASES,
} from '../../domain/sale.ts';
import {
  DEFAULT_SETTINGS,
  offerMsOf,
  type SaleSettings,
  type SettingsChange,
} from '../../domain/sale-settings.ts';
import { isTimeZone } from '../../domain/time-zone.ts';
import { amount, anyId, chargedCurrency, currency, id, text, time } from './common.ts';

const name = text(200).refine((words) => words.trim() !== '', 'must not be empty');
const description = text(5_000);

/** The settings of a sale as the API shows them. */
const settings = {
  name,
  description,
  startsAt: time,
  endsAt: time,
  perBuyerLimit: z.int().min(1).max(MAX_STOCK),
  holdSeconds: z.int().min(1).max(HOLD_SECONDS_MAX),
  offerSeconds: z.int().min(1).max(HOLD_SECONDS_MAX).openapi({
    description:
      'How long a unit is held that was offered to the waitlist; as holdSeconds by default',
  }),
  holdLimit: z
    .strictObject({
      count: z.int().min(1).max(HOLD_LIMIT_MAX),
      windowSeconds: z.int().min(1).max(HOLD_WINDOW_SECONDS_MAX),
    })
    .nullable()
    .openapi({
      description: 'Maximum number of holds per e-mail address and per IP within that time',
    }),
  waitlist: z.boolean(),
  challenge: z.boolean().openapi({ description: 'Each ticket needs a solved challenge' }),
  timeZone: z
    .string()
    .refine(isTimeZone, 'must be an IANA time zone such as "Europe/Berlin"')
    .openapi({ description: "The time zone of the sale's times in pages and mails" }),
};

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
    ...settings,
    phase: z.enum(PHASES),
    serverTime: time,
    products: z.array(productSchema),
    line: z.object({
      waiting: z.int().openapi({ description: 'Undecided tickets' }),
      decided: z.int().openapi({ description: 'The last line number that is public' }),
    }),
  })
  .openapi('Sale');
export type SaleView = z.infer<typeof saleSchema>;

/** An event of a sale: the fields that change while it runs. */
export type SaleEventView = Pick<SaleView, 'phase' | 'line' | 'serverTime'> & {
  readonly products: readonly Pick<SaleView['products'][number], 'id' | 'stock'>[];
};

export const newProductSchema = z
  .strictObject({
    name,
    description: description.default(''),
    amount,
    currency: chargedCurrency,
    stock: z.int().min(0).max(MAX_STOCK),
  })
  .superRefine((product, context) => {
    const message = priceProblem(product.amount, product.currency);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['amount'], message });
  })
  .openapi('NewProduct');

export const newSaleSchema = z
  .strictObject({
    ...settings,
    description: description.default(DEFAULT_SETTINGS.description),
    offerSeconds: settings.offerSeconds.nullable().default(DEFAULT_SETTINGS.offerMs).openapi({
      description: 'How long an offer of the waitlist is held; null: as long as any other hold',
    }),
    holdLimit: settings.holdLimit.default(DEFAULT_SETTINGS.holdLimit),
    waitlist: settings.waitlist.default(DEFAULT_SETTINGS.waitlistMax > 0).openapi({
      description: 'Returned units are offered in line order; cannot be changed later',
    }),
    challenge: settings.challenge.default(DEFAULT_SETTINGS.challenge).openapi({
      description: 'Each ticket needs the solution of a challenge; cannot be changed later',
    }),
    timeZone: settings.timeZone.default(DEFAULT_SETTINGS.timeZone),
    products: z.array(newProductSchema).min(1).max(MAX_PRODUCTS),
  })
  .openapi('NewSale');

export const saleChangeSchema = z
  .strictObject({
    name: name.optional(),
    description: description.optional(),
    startsAt: time.optional().openapi({ description: 'Frozen once the sale has opened' }),
    endsAt: time.optional(),
    perBuyerLimit: settings.perBuyerLimit.optional(),
    holdSeconds: settings.holdSeconds.optional().openapi({ description: 'Applies to new holds' }),
    offerSeconds: settings.offerSeconds.nullable().optional().openapi({
      description: 'Applies to new offers; null: as long as any other hold',
    }),
    holdLimit: settings.holdLimit.optional(),
    timeZone: settings.timeZone.optional(),
    products: z
      .array(
        z.strictObject({
          id: anyId,
          name: name.optional(),
          description: description.optional(),
          amount: amount.optional().openapi({ description: 'Frozen once the sale has opened' }),
          currency: chargedCurrency
            .optional()
            .openapi({ description: 'Frozen once the sale has opened' }),
        }),
      )
      .max(MAX_PRODUCTS)
      .refine(
        (products) => new Set(products.map((one) => one.id)).size === products.length,
        'names a product twice',
      )
      .optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'changes nothing')
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

/** The settings of a sale as the API shows them. */
export type SettingsView = Pick<SaleView, keyof typeof settings>;

/** The settings of a sale as the API takes them. */
export type NewSettings = Omit<SettingsView, 'offerSeconds'> & {
  readonly offerSeconds: number | null;
};

/**
 * The size of a waitlist is set by the operator: sellers and buyers see only whether there is one.
 */
const WIRE: Codec<Omit<SaleSettings, 'waitlistMax'>, Omit<NewSettings, 'waitlist'>> = {
  name: { to: (words) => ({ name: words }), from: (wire) => wire.name },
  description: { to: (words) => ({ description: words }), from: (wire) => wire.description },
  startsAtMs: {
    to: (ms) => ({ startsAt: new Date(ms).toISOString() }),
    from: (wire) => given(wire.startsAt, Date.parse),
  },
  endsAtMs: {
    to: (ms) => ({ endsAt: new Date(ms).toISOString() }),
    from: (wire) => given(wire.endsAt, Date.parse),
  },
  perBuyerLimit: {
    to: (perBuyerLimit) => ({ perBuyerLimit }),
    from: (wire) => wire.perBuyerLimit,
  },
  holdMs: {
    to: (ms) => ({ holdSeconds: ms / 1000 }),
    from: (wire) => given(wire.holdSeconds, (seconds) => seconds * 1000),
  },
  holdLimit: {
    to: (limit) => ({
      holdLimit: limit && { count: limit.count, windowSeconds: limit.windowMs / 1000 },
    }),
    from: ({ holdLimit: limit }) =>
      limit && { count: limit.count, windowMs: limit.windowSeconds * 1000 },
  },
  offerMs: {
    to: (ms) => ({ offerSeconds: ms && ms / 1000 }),
    from: (wire) => given(wire.offerSeconds, (seconds) => seconds && seconds * 1000),
  },
  challenge: { to: (challenge) => ({ challenge }), from: (wire) => wire.challenge },
  timeZone: { to: (timeZone) => ({ timeZone }), from: (wire) => wire.timeZone },
};

/** Converts settings to those of the API, which shows how long an offer lasts in either case. */
export function fromSettings(of: SaleSettings): SettingsView {
  const offerSeconds = offerMsOf(of) / 1000;
  return { ...encode(WIRE, of), offerSeconds, waitlist: of.waitlistMax > 0 };
}

/**
 * The settings of a new sale.
 *
 * @param waitlistMax tickets that may wait where the sale has a waitlist
 */
export function toSettings(wire: NewSettings, waitlistMax: number): SaleSettings {
  return { ...decode(WIRE, wire), waitlistMax: wire.waitlist ? waitlistMax : 0 };
}

/** Converts the settings of a change. */
export function toSettingsChange(wire: Omit<SaleChange, 'products'>): SettingsChange {
  return decode(WIRE, wire);
}
