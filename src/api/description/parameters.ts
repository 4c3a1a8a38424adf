import { DELIVERY, KEY, ORDER, PRODUCT, SALE, TICKET, WEBHOOK } from './examples.ts';

/** Description and example of every parameter, by name: the same wherever it occurs. */
export const PARAMETERS: Record<string, { description: string; example?: unknown }> = {
  saleId: { description: 'Id of a sale', example: SALE },
  productId: { description: 'Id of a product of the sale', example: PRODUCT },
  ticketId: { description: 'Id of a ticket, from its 202', example: TICKET },
  orderId: { description: 'Id of an order', example: ORDER },
  webhookId: { description: 'Id of a webhook endpoint', example: WEBHOOK },
  deliveryId: { description: 'Id of a delivery of a webhook or mail', example: DELIVERY },
  path: { description: 'Level and number of the tile', example: '0/000.p/2' },
  limit: { description: 'Maximum number of items per page' },
  cursor: { description: 'The `nextCursor` of the previous page' },
  status: {
    description:
      'Only those with this status; repeated, with any of them: `status=paid&status=held`',
  },
  q: {
    description:
      'Only the order with this id, `ticketId` or PaymentIntent, or those of this `buyerId`',
    example: ORDER,
  },
  actor: { description: 'Only actions of this admin (`sub` of the token)' },
  action: { description: 'Only actions of this kind' },
  wait: { description: 'Seconds to wait while the ticket is queued or waitlisted' },
  'idempotency-key': {
    description:
      'A unique key: a repeat with it has no further effect and returns the first attempt',
    example: KEY,
  },
  'challenge-solution': {
    description:
      'Required if the sale has challenges: `{challenge, solution}` as JSON in base64url',
  },
};
