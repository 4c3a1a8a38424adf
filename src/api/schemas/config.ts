import { z } from '@hono/zod-openapi';
import { time } from './common.ts';

export const configSchema = z
  .object({
    payments: z.enum(['stripe', 'stand-in', 'off']).openapi({
      description:
        'Who takes payments: Stripe (load Stripe.js), a stand-in at `stripeUrl`, or nobody',
    }),
    publishableKey: z
      .string()
      .optional()
      .openapi({ description: 'The key that browsers speak to Stripe with' }),
    stripeUrl: z
      .string()
      .optional()
      .openapi({ description: 'Where a payment is confirmed at the stand-in' }),
    allowGuests: z
      .boolean()
      .openapi({ description: 'Whether `/api/auth/guest` lets people in without an account' }),
    serverTime: time,
  })
  .openapi('Config');
export type ConfigView = z.infer<typeof configSchema>;
