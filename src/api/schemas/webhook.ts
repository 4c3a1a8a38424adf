import { z } from '@hono/zod-openapi';
import { CHANNELS, DELIVERY_STATES, MESSAGE_KINDS } from '../../domain/message.ts';
import { id, time } from './common.ts';

const kind = z.enum(MESSAGE_KINDS);

/** Characters of an endpoint's URL at most. */
const LONGEST_URL = 2_000;

export const newWebhookSchema = z
  .strictObject({
    url: z
      .string()
      .max(LONGEST_URL)
      .regex(/^[\x21-\x7e]+$/, 'must be a URL without spaces')
      .openapi({ example: 'https://shop.example/fairline' }),
    events: z
      .array(kind)
      .min(1)
      .max(MESSAGE_KINDS.length)
      .default([...MESSAGE_KINDS])
      .openapi({ description: 'What it wants to hear of; everything when left out' }),
  })
  .openapi('NewWebhook');

export const webhookSchema = z
  .object({ id, saleId: id, url: z.string(), events: z.array(kind), createdAt: time })
  .openapi('Webhook');
export type WebhookView = z.infer<typeof webhookSchema>;

export const madeWebhookSchema = webhookSchema
  .extend({
    secret: z.string().openapi({ description: 'Signs what is sent. It is shown this once' }),
  })
  .openapi('MadeWebhook');

export const deliverySchema = z
  .object({
    id,
    eventId: id.openapi({ description: '`webhook-id`, or what Message-ID is made of' }),
    type: kind,
    orderId: id,
    channel: z.enum(CHANNELS),
    webhookId: id.optional(),
    status: z.enum(DELIVERY_STATES).openapi({
      description:
        '`waiting` for its (next) try, `sent`, `no_address`: nobody knows where to send the mail, ' +
        '`outdated`: it no longer holds, `over_limit`: the address had too many mails that day, ' +
        '`given_up`: after a day, or where another try would be in vain',
    }),
    tries: z.int(),
    createdAt: time,
    lastTryAt: time.optional(),
    nextTryAt: time.optional(),
    lastAnswer: z
      .object({
        status: z.int().optional().openapi({ description: 'Of HTTP or SMTP' }),
        text: z.string(),
      })
      .optional(),
  })
  .openapi('Delivery');
export type DeliveryView = z.infer<typeof deliverySchema>;
