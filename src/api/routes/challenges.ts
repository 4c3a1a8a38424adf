import { createRoute, z } from '@hono/zod-openapi';
import { DomainError } from '../../domain/errors.ts';
import type { ApiDeps } from '../app.ts';
import { createApp } from '../http/create-app.ts';
import { authenticate } from '../http/middleware/authenticate.ts';
import { limitPolls } from '../http/middleware/limit-requests.ts';
import { challengeSchema } from '../schemas/challenge.ts';
import { bearer, id, json } from '../schemas/common.ts';
import { problems } from '../schemas/problem.ts';

const getChallenge = createRoute({
  tags: ['Tickets'],
  security: bearer,
  middleware: [authenticate(), limitPolls],
  method: 'post',
  path: '/api/sales/{saleId}/challenge',
  operationId: 'getChallenge',
  summary: 'Get a challenge, whose solution a ticket of this sale needs',
  description:
    'For you and this sale, for five minutes. Solve it with altcha-lib or the widget of ALTCHA, and send ' +
    '`{challenge, solution}`, as JSON in base64url, in the header `Challenge-Solution` of the ticket request.',
  request: { params: z.object({ saleId: id }) },
  responses: {
    200: json('The challenge', challengeSchema),
    ...problems('unauthenticated', 'sale_not_found', 'no_challenge'),
    ...problems('too_many_requests', 'unavailable'),
  },
});

/** The route by which buyers get something to compute. */
export function challengeRoutes({ views, challenges }: ApiDeps) {
  return createApp().openapi(getChallenge, async (c) => {
    const { saleId } = c.req.valid('param');
    const cached = views.peek(saleId) ?? (await views.requireFresh(saleId));
    if (!cached.sale.challenge) throw new DomainError('no_challenge');
    return c.json(await challenges.make({ sale: saleId, buyer: c.get('identity').buyer }), 200);
  });
}
