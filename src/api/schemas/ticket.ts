import { z } from '@hono/zod-openapi';
import { MAX_ITEMS } from '../../domain/items.ts';
import { REJECT_REASONS } from '../../domain/outcome.ts';
import { OUTLOOKS } from '../../domain/outlook.ts';
import { TICKET_STATUSES } from '../../domain/ticket-status.ts';
import { id, json } from './common.ts';
import { orderSchema } from './order.ts';

const MAX_QUANTITY = 1_000_000;
export const quantity = z.int().min(1).max(MAX_QUANTITY);

export const ticketRequestSchema = z
  .strictObject({
    items: z
      .array(
        z.strictObject({
          productId: z.string().max(64),
          quantity,
        }),
      )
      .min(1)
      .max(MAX_ITEMS),
  })
  .openapi('TicketRequest');
export type TicketRequest = z.infer<typeof ticketRequestSchema>;

const retryAfterMs = z
  .int()
  .openapi({ description: 'When to poll again; grows with the distance' });

const placeSchema = z
  .object({
    ticketId: z.string(),
    saleId: id,
    status: z.literal('queued'),
    position: z.int(),
    ahead: z.int().openapi({ description: 'Undecided tickets of the sale before it' }),
    retryAfterMs,
  })
  .openapi('Place');

/** The response of every route that takes a ticket. */
export const placed = {
  ...json('In line', placeSchema),
  headers: z.object({ location: z.string().openapi({ description: 'Where to poll the ticket' }) }),
};

export type PlaceView = z.infer<typeof placeSchema>;

export const ticketSchema = z
  .object({
    ticketId: z.string(),
    saleId: id,
    status: z.enum(TICKET_STATUSES),
    position: z.int().optional(),
    ahead: z.int().optional().openapi({
      description: 'Undecided tickets before it; for a waitlisted one, waiting tickets',
    }),
    unitsHeld: z.int().optional().openapi({
      description: 'For a waitlisted ticket: units of its products that may become available',
    }),
    etaSeconds: z.int().optional(),
    retryAfterMs: retryAfterMs.optional(),
    outlook: z
      .enum(OUTLOOKS)
      .optional()
      .openapi({
        description:
          '`none`: it is certain that the ticket cannot win. `unlikely`: less than it wants is held, so it wins only ' +
          'if an order is refunded or the seller adds units',
      }),
    lineNumber: z.int().optional(),
    reason: z.enum(REJECT_REASONS).optional(),
    duplicateOf: z.string().optional(),
    explanation: z
      .string()
      .optional()
      .openapi({ description: 'Human-readable reason why it waits or got nothing' }),
    facts: z
      .object({
        products: z.array(
          z.object({
            productId: id,
            name: z.string(),
            wanted: z.int(),
            total: z.int(),
            gone: z.int().openapi({ description: 'Units that were held or sold' }),
          }),
        ),
      })
      .optional()
      .openapi({
        description: 'In the list: the stock that a ticket without enough units found at its turn',
      }),
    order: orderSchema.optional(),
  })
  .openapi('Ticket');
export type TicketFacts = NonNullable<z.infer<typeof ticketSchema>['facts']>;
export type TicketView = z.infer<typeof ticketSchema>;
