import { createRoute, z } from '@hono/zod-openapi';
import type Stripe from 'stripe';
import { storeEvents } from '../../db/stripe-events.ts';
import { DomainError } from '../../domain/errors.ts';
import type { StripeAccount } from '../../payments/deps.ts';
import { toStored } from '../../payments/events.ts';
import { enqueueTasks } from '../../tasks/queues.ts';
import type { PaymentRouteDeps } from '../deps.ts';
import { answer } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import { limitBodyTo } from '../http/middleware/limit-body.ts';
import { requirePayments } from '../orders/require-payments.ts';
import { json } from '../schemas/common.ts';
import { problems } from '../schemas/problem.ts';

/** Events are some KiB. */
const MAX_BODY_BYTES = 512 * 1024;

const stripeWebhook = createRoute({
  tags: ['Stripe'],
  method: 'post',
  path: '/api/webhooks/stripe',
  operationId: 'receiveStripeEvent',
  summary: 'Signed events of Stripe; answered once they are stored',
  // Described but not validated as other bodies are: the raw body is what is signed.
  parameters: [
    {
      name: 'stripe-signature',
      in: 'header',
      required: true,
      description: 'Time and HMAC of the body, made by Stripe',
      schema: { type: 'string' },
      example: 't=1795224437,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd',
    },
  ],
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: { type: 'object', description: 'An event, see https://docs.stripe.com/api/events' },
        example: {
          id: 'evt_1QxYzAbCdEfGhIjK',
          object: 'event',
          type: 'payment_intent.succeeded',
          data: { object: { id: 'pi_3QxYzAbCdEfGhIjK', object: 'payment_intent' } },
        },
      },
    },
  },
  responses: {
    200: json('It is stored', z.object({ received: z.literal(true) }).openapi('Received')),
    ...problems('invalid_signature', 'malformed_json', 'validation_failed', 'body_too_large'),
    ...problems('unsupported_media_type'),
    ...problems('payments_unavailable', 'unavailable'),
  },
});

/** The route definitions. */
export const STRIPE_WEBHOOK_ROUTES = [stripeWebhook];

/** The route called by Stripe. */
export function stripeWebhookRoutes({ db, log, payments, paymentQueues }: PaymentRouteDeps) {
  return createApp().openapi(
    { ...stripeWebhook, middleware: limitBodyTo(MAX_BODY_BYTES) },
    async (c) => {
      const account = requirePayments(payments);
      const raw = await c.req.text();
      const event = await verify(raw, c.req.header('stripe-signature'), account);
      const fresh = await storeEvents(db, [toStored(event)]);
      for (const id of fresh) {
        // Storing is enough: if Redis is unavailable, a worker finds it in Postgres.
        await enqueueTasks(paymentQueues, [{ name: 'event', id }]).catch((error: unknown) =>
          log.warn(
            { err: error, event: id },
            'event stored but not enqueued: a worker will find it',
          ),
        );
      }
      return answer(c, { received: true as const }, 200);
    },
  );
}

/**
 * @throws DomainError invalid_signature for a body that Stripe did not sign, or not recently;
 *   malformed_json and validation_failed for one that is not an event
 */
async function verify(
  raw: string,
  signature: string | undefined,
  { stripe, webhookSecret }: StripeAccount,
): Promise<Stripe.Event> {
  const event = await stripe.webhooks
    .constructEventAsync(raw, signature ?? '', webhookSecret)
    .catch((error: unknown) => {
      if (error instanceof SyntaxError) throw new DomainError('malformed_json');
      throw new DomainError(
        'invalid_signature',
        'The Stripe-Signature header does not match the body, or is too old. Is STRIPE_WEBHOOK_SECRET right?',
      );
    });
  if (!eventSchema.safeParse(event).success) {
    throw new DomainError('validation_failed', 'This is not a readable Stripe event.');
  }
  return event;
}

/** The part of an event that is read before it is stored. */
const eventSchema = z.looseObject({
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  data: z.looseObject({ object: z.looseObject({}) }),
});
