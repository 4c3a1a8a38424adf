import { z } from '@hono/zod-openapi';
import { currency, id, time } from './common.ts';

export const paymentSchema = z
  .object({
    orderId: id,
    paymentIntentId: z.string(),
    clientSecret: z.string().openapi({ description: 'For Stripe.js only; keep it secret' }),
    publishableKey: z.string(),
    amount: z.int(),
    currency,
    holdExpiresAt: time,
  })
  .openapi('Payment');
export type PaymentView = z.infer<typeof paymentSchema>;
