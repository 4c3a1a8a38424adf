import { z } from '@hono/zod-openapi';

export const orderKeySchema = z
  .strictObject({
    key: z.string().min(1).max(200).openapi({ description: 'What is behind `#key=` in the link' }),
  })
  .openapi('OrderKey');

export const orderAccessSchema = z
  .object({
    accessToken: z.string().openapi({
      description: 'Shows, pays, confirms and cancels this order, and is taken for nothing else',
    }),
    expiresIn: z.int().openapi({ description: 'Validity of the access token, in seconds' }),
  })
  .openapi('OrderAccess');
