import { createRoute, z } from '@hono/zod-openapi';
import { DomainError } from '../../domain/errors.ts';
import type { SaleDeps } from '../deps.ts';
import { answer } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { challengeSchema } from '../schemas/challenge.ts';
import { bearer, id, json } from '../schemas/common.ts';
import { problems } from '../schemas/problem.ts';

const getChallenge = createRoute({
  tags: ['Tickets'],
  security: bearer,
  method: 'post',
  path: '/api/sales/{saleId}/challenge',
  operationId: 'getChallenge',
  summary: 'Get a challenge, whose solution a ticket request of this sale requires',
  description:
    'Valid for you and this sale for five minutes. Solve it with altcha-lib or the ALTCHA widget, and send ' +
    '`{challenge, solution}`, as JSON in base64url, in the header `Challenge-Solution` of the ticket request.',
  request: { params: z.object({ saleId: id }) },
  responses: {
    200: json('The challenge', challengeSchema),
    ...problems('unauthenticated', 'sale_not_found', 'no_challenge'),
    ...problems('too_many_requests', 'unavailable'),
  },
});

/** The route definitions. */
export const CHALLENGE_ROUTES = [getChallenge];

/** The route that issues challenges to buyers. */
export function challengeRoutes(
  { authenticated, limitPolls }: Guards,
  { views, challenges }: Pick<SaleDeps, 'views' | 'challenges'>,
) {
  return createApp().openapi(
    { ...getChallenge, middleware: [authenticated, limitPolls] },
    async (c) => {
      const { saleId } = c.req.valid('param');
      const cached = views.peek(saleId) ?? (await views.requireFresh(saleId));
      if (!cached.sale.challenge) throw new DomainError('no_challenge');
      return answer(
        c,
        await challenges.make({ sale: saleId, buyer: c.get('identity').buyer }),
        200,
      );
    },
  );
}
