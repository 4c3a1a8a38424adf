import { z } from '@hono/zod-openapi';
import { id, time } from './common.ts';
import { stockSchema } from './sale.ts';

export const metricsSchema = z
  .object({
    holdsCreated: z.int(),
    holdsExpired: z.int(),
    holdsCancelled: z.int(),
    ordersPaid: z.int(),
    ordersRefunded: z.int(),
    throttled: z.int().openapi({ description: 'Requests refused by rate limits' }),
    oversellAttemptsBlocked: z.int().openapi({
      description: 'Tickets that found too few units at their turn: sold out or waitlisted',
    }),
    payments: z.object({
      lateHonoured: z
        .int()
        .openapi({ description: 'Arrived after the hold, which was taken again' }),
      lateRefunded: z.int().openapi({ description: 'Arrived after the hold, and were refunded' }),
      surplusRefunded: z
        .int()
        .openapi({ description: 'Refunded because another payment paid the order' }),
      wrongAmountRefunded: z.int(),
      refundsOpen: z.int().openapi({ description: 'Requested, and not made yet' }),
      refundsFailed: z.int().openapi({ description: 'Failed or refused; they are retried' }),
      refundsMade: z.int(),
      refundsEnded: z.int().openapi({ description: 'Can never be made, and are not retried' }),
    }),
    disputes: z
      .object({ open: z.int(), won: z.int(), lost: z.int() })
      .openapi({ description: 'Disputes of payments by who has the money in the end' }),
    waitlist: z.object({
      waitlisted: z.int().openapi({ description: 'Tickets that were ever put on the waitlist' }),
      waiting: z.int().openapi({ description: 'Tickets waiting now' }),
      offersMade: z.int(),
      offersTaken: z.int().openapi({ description: 'Offers that were paid' }),
      offersLetGo: z.int().openapi({ description: 'Offers that expired or were released' }),
    }),
    perMinute: z.array(z.object({ minute: time, sold: z.int(), expired: z.int() })).openapi({
      description:
        'Units paid for, and units whose hold expired, in each of the last 60 minutes, this one ' +
        'included, oldest first. Units that were returned later stay counted as sold',
    }),
  })
  .openapi('Metrics');
export type MetricsView = z.infer<typeof metricsSchema>;

export const saleMetricsSchema = metricsSchema
  .extend({
    products: z.array(z.object({ id, name: z.string(), ...stockSchema.shape, expired: z.int() })),
  })
  .openapi('SaleMetrics');
