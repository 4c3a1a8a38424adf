/**
 * The form of the ids that we give out (UUIDs as `randomUUID` makes them): of sales, products,
 * orders, accounts, webhooks and deliveries. What has another form names nothing, and is refused
 * before it costs a query. Ids of tickets are sealed, see src/line/ticket-id.ts.
 */
export const ID_FORM = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
