import { createRoute, z } from '@hono/zod-openapi';
import type { LineRouteDeps } from '../deps.ts';
import { answer } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { limitBody } from '../http/middleware/limit-body.ts';
import { answerTaken, callerOf } from '../http/ticket-request.ts';
import { cartItemSchema, cartSchema } from '../schemas/cart.ts';
import { challengeSolution } from '../schemas/challenge.ts';
import { bearer, body, id, idempotencyKey, json } from '../schemas/common.ts';
import { problems } from '../schemas/problem.ts';
import { placed } from '../schemas/ticket.ts';
import { CartDesk } from '../tickets/cart-desk.ts';
import { checkOut } from '../tickets/check-out.ts';

const common = { tags: ['Cart'], security: bearer };
const saleParams = z.object({ saleId: id });
const itemParams = z.object({ saleId: id, productId: id });
const cart = { 200: json('The cart', cartSchema) };

const getCart = createRoute({
  ...common,
  method: 'get',
  path: '/api/sales/{saleId}/cart',
  operationId: 'getCart',
  summary: 'Your cart in a sale',
  description: 'A cart reserves nothing: stock is decided in line.',
  request: { params: saleParams },
  responses: {
    ...cart,
    ...problems('unauthenticated', 'sale_not_found', 'too_many_requests', 'unavailable'),
  },
});

const putItem = createRoute({
  ...common,
  method: 'put',
  path: '/api/sales/{saleId}/cart/items/{productId}',
  operationId: 'putCartItem',
  summary: 'Put a product into your cart, or change its quantity',
  request: { params: itemParams, body: body(cartItemSchema) },
  responses: {
    ...cart,
    ...problems(
      'malformed_json',
      'unauthenticated',
      'sale_not_found',
      'product_not_found',
      'sale_closed',
      'body_too_large',
      'unsupported_media_type',
      'validation_failed',
      'invalid_quantity',
      'mixed_currencies',
      'too_many_requests',
      'unavailable',
    ),
  },
});

const deleteItem = createRoute({
  ...common,
  method: 'delete',
  path: '/api/sales/{saleId}/cart/items/{productId}',
  operationId: 'deleteCartItem',
  summary: 'Remove a product from your cart',
  request: { params: itemParams },
  responses: {
    ...cart,
    ...problems(
      'unauthenticated',
      'sale_not_found',
      'product_not_found',
      'too_many_requests',
      'unavailable',
    ),
  },
});

const deleteCart = createRoute({
  ...common,
  method: 'delete',
  path: '/api/sales/{saleId}/cart',
  operationId: 'emptyCart',
  summary: 'Empty your cart',
  request: { params: saleParams },
  responses: {
    ...cart,
    ...problems('unauthenticated', 'sale_not_found', 'too_many_requests', 'unavailable'),
  },
});

const checkoutRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/sales/{saleId}/cart/checkout',
  operationId: 'checkOut',
  summary: 'Take one ticket for everything in your cart',
  description:
    'Answers as the ticket request does. The cart is emptied when the ticket gets its units, and stays as it is ' +
    'when it does not. A repeat with the same Idempotency-Key returns the first attempt, whatever the cart contains by then.',
  request: {
    params: saleParams,
    headers: z.object({
      'idempotency-key': idempotencyKey.optional(),
      'challenge-solution': challengeSolution.optional(),
    }),
  },
  responses: {
    202: placed,
    ...problems(
      'unauthenticated',
      'sale_not_found',
      'cart_empty',
      'sale_not_open',
      'sale_closed',
      'validation_failed',
      'invalid_quantity',
      'mixed_currencies',
      'invalid_idempotency_key',
      'challenge_required',
      'challenge_failed',
      'challenge_used',
      'too_many_requests',
      'line_full',
      'unavailable',
    ),
  },
});

/** The route definitions. */
export const CART_ROUTES = [getCart, putItem, deleteItem, deleteCart, checkoutRoute];

/** Routes of a buyer's cart. */
export function cartRoutes({ authenticated, limitPolls }: Guards, deps: LineRouteDeps) {
  // Limited like polls: they read and write a row, and take no units.
  const limited = [authenticated, limitPolls];
  const desk = new CartDesk(deps);
  return createApp()
    .openapi({ ...getCart, middleware: limited }, async (c) => {
      const { saleId: sale } = c.req.valid('param');
      return answer(c, await desk.show({ sale, buyer: c.get('identity').buyer }), 200);
    })
    .openapi({ ...putItem, middleware: [...limited, limitBody] }, async (c) => {
      const { saleId: sale, productId } = c.req.valid('param');
      const { quantity } = c.req.valid('json');
      const owner = { sale, buyer: c.get('identity').buyer };
      return answer(c, await desk.put(owner, productId, quantity), 200);
    })
    .openapi({ ...deleteItem, middleware: limited }, async (c) => {
      const { saleId: sale, productId } = c.req.valid('param');
      return answer(c, await desk.take({ sale, buyer: c.get('identity').buyer }, productId), 200);
    })
    .openapi({ ...deleteCart, middleware: limited }, async (c) => {
      const { saleId: sale } = c.req.valid('param');
      return answer(c, await desk.take({ sale, buyer: c.get('identity').buyer }), 200);
    })
    .openapi({ ...checkoutRoute, middleware: limited }, async (c) => {
      const { saleId } = c.req.valid('param');
      const key = c.req.valid('header')['idempotency-key'];
      const taken = await checkOut(deps, callerOf(c, deps.proxyTrust), { saleId, key });
      return answer(c, answerTaken(c, taken), 202);
    });
}
