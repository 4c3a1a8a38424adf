import { createRoute } from '@hono/zod-openapi';
import type { PageDeps } from '../deps.ts';
import { answer } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { pagePayments } from '../pages/page-payments.ts';
import { json } from '../schemas/common.ts';
import { configSchema } from '../schemas/config.ts';
import { problems } from '../schemas/problem.ts';

const getConfig = createRoute({
  method: 'get',
  path: '/api/config',
  operationId: 'getConfig',
  tags: ['System'],
  summary: 'Settings that a page needs before login',
  responses: { 200: json('The settings', configSchema), ...problems('too_many_requests') },
});

/** The route definitions. */
export const CONFIG_ROUTES = [getConfig];

/** The settings that pages need. None of them is secret. */
export function configRoutes(
  { limitPolls }: Guards,
  { allowGuests, payments, views }: Pick<PageDeps, 'allowGuests' | 'payments' | 'views'>,
) {
  return createApp().openapi({ ...getConfig, middleware: limitPolls }, (c) =>
    answer(
      c,
      {
        ...pagePayments(payments).told,
        allowGuests,
        serverTime: new Date(views.nowMs()).toISOString(),
      },
      200,
    ),
  );
}
