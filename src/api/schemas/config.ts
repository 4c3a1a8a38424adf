import { z } from '@hono/zod-openapi';
import { time } from './common.ts';

export const configSchema = z
  .object({
    payments: z.enum(['stripe', 'stand-in', 'off']).openapi({
      description:
        'The payment provider: Stripe (load Stripe.js), a stand-in at `stripeUrl`, or none',
    }),
    publishableKey: z.string().optional().openapi({ description: "Stripe's publishable key" }),
    stripeUrl: z
      .string()
      .optional()
      .openapi({ description: 'URL for confirming a payment at the stand-in' }),
    allowGuests: z
      .boolean()
      .openapi({ description: 'Whether `/api/auth/guest` admits buyers without an account' }),
    serverTime: time,
  })
  .openapi('Config');
export type ConfigView = z.infer<typeof configSchema>;
