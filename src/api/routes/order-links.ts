import { createRoute, z } from '@hono/zod-openapi';
import { openOrderLink } from '../../accounts/order-links.ts';
import type { OrderLinkRouteDeps } from '../deps.ts';
import { answer, noStore } from '../http/answer.ts';
import { clientIp } from '../http/client-ip.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { limitBody } from '../http/middleware/limit-body.ts';
import { body, id, json } from '../schemas/common.ts';
import { orderAccessSchema, orderKeySchema } from '../schemas/order-access.ts';
import { problems } from '../schemas/problem.ts';
import { ORDER_TOKEN_SECONDS } from '../tokens/order-token.ts';

const openLink = createRoute({
  tags: ['Orders'],
  method: 'post',
  path: '/api/orders/{orderId}/access',
  operationId: 'openOrderLink',
  summary: 'Open the link in a mail about an order',
  description:
    'Mails link to `/orders/{orderId}#key=…`. The key is exchanged for an access token that is ' +
    'good for this order alone; again whenever that has expired, for 90 days from the mail.',
  request: { params: z.object({ orderId: id }), body: body(orderKeySchema) },
  responses: {
    200: json('Access to the order', orderAccessSchema),
    ...problems('malformed_json', 'body_too_large', 'unsupported_media_type'),
    ...problems('validation_failed', 'invalid_link', 'too_many_requests', 'unavailable'),
  },
});

/** The route definitions. */
export const ORDER_LINK_ROUTES = [openLink];

/** The route by which a buyer opens an order from a mail. */
export function orderLinkRoutes({ limitPolls }: Guards, deps: OrderLinkRouteDeps) {
  const { orderTokens, proxyTrust } = deps;
  return createApp().openapi({ ...openLink, middleware: [limitPolls, limitBody] }, async (c) => {
    noStore(c);
    const { orderId } = c.req.valid('param');
    const { key } = c.req.valid('json');
    const opened = await openOrderLink(deps, { orderId, key, ip: clientIp(c, proxyTrust) });
    const accessToken = await orderTokens.make({ ...opened, order: orderId });
    return answer(c, { accessToken, expiresIn: ORDER_TOKEN_SECONDS }, 200);
  });
}
