import { createRoute } from '@hono/zod-openapi';
import type { ApiDeps } from '../app.ts';
import { createApp } from '../http/create-app.ts';
import { limitPolls } from '../http/middleware/limit-requests.ts';
import { pagePayments } from '../pages/page-payments.ts';
import { json } from '../schemas/common.ts';
import { configSchema } from '../schemas/config.ts';
import { problems } from '../schemas/problem.ts';

const getConfig = createRoute({
  method: 'get',
  path: '/api/config',
  operationId: 'getConfig',
  tags: ['System'],
  middleware: limitPolls,
  summary: 'What a page needs to know before anybody is logged in',
  responses: { 200: json('The settings', configSchema), ...problems('too_many_requests') },
});

/** What is set up, as far as pages have to know it. No secret is among it. */
export function configRoutes({ auth, payments, views }: ApiDeps) {
  return createApp().openapi(getConfig, (c) =>
    c.json(
      {
        ...pagePayments(payments).told,
        allowGuests: auth.allowGuests,
        serverTime: new Date(views.nowMs()).toISOString(),
      },
      200,
    ),
  );
}
