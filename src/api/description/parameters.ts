import { DELIVERY, KEY, ORDER, PRODUCT, SALE, TICKET, WEBHOOK } from './examples.ts';

/** Words and an example for every parameter, by its name: the same wherever it occurs. */
export const PARAMETERS: Record<string, { description: string; example?: unknown }> = {
  saleId: { description: 'Id of a sale', example: SALE },
  productId: { description: 'Id of a product of the sale', example: PRODUCT },
  ticketId: { description: 'Id of a ticket, from its 202', example: TICKET },
  orderId: { description: 'Id of an order', example: ORDER },
  webhookId: { description: 'Id of an endpoint that is told of orders', example: WEBHOOK },
  deliveryId: { description: 'Id of a delivery: something told, or to be told', example: DELIVERY },
  limit: { description: 'Items of a page at most' },
  cursor: { description: 'The `nextCursor` of the page before' },
  status: {
    description:
      'Only those of this status; where it is a list, of any in it: `status=paid&status=held`',
  },
  q: {
    description:
      'Only the order with exactly this id, `ticketId` or PaymentIntent, or those of this `buyerId`',
    example: ORDER,
  },
  actor: { description: 'Only what this admin did (`sub` of the token)' },
  action: { description: 'Only actions of this kind' },
  wait: { description: 'Seconds to wait while the ticket is queued or waitlisted' },
  'idempotency-key': {
    description: 'A key of yours: a repeat with it does nothing again, and shows the first attempt',
    example: KEY,
  },
  'challenge-solution': {
    description: 'Where the sale asks for it: `{challenge, solution}` as JSON in base64url',
  },
};
