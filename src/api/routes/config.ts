import { createRoute } from '@hono/zod-openapi';
import type { StripeAccount } from '../../payments/deps.ts';
import type { ApiDeps } from '../app.ts';
import { createApp } from '../create-app.ts';
import { limitPolls } from '../middleware/limit-requests.ts';
import { json, problems } from '../schemas/common.ts';
import { type ConfigView, configSchema } from '../schemas/config.ts';

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
        ...showPayments(payments),
        allowGuests: auth.allowGuests,
        serverTime: new Date(views.nowMs()).toISOString(),
      },
      200,
    ),
  );
}

function showPayments(
  account: StripeAccount | undefined,
): Pick<ConfigView, 'payments' | 'publishableKey' | 'stripeUrl'> {
  if (account === undefined) return { payments: 'off' };
  const { publishableKey, apiUrl } = account;
  if (apiUrl === undefined) return { payments: 'stripe', publishableKey };
  return { payments: 'stand-in', publishableKey, stripeUrl: apiUrl };
}
