import { DomainError } from '../domain/errors.ts';
import type { ApiDeps } from './deps.ts';
import { createApp } from './http/create-app.ts';
import { allowOrigins } from './http/middleware/allow-origins.ts';
import { createGuards } from './http/middleware/guards.ts';
import { problemHandler } from './http/problem.ts';
import { pagePayments } from './pages/page-payments.ts';
import { adminActionRoutes } from './routes/admin-actions.ts';
import { adminMetricsRoutes } from './routes/admin-metrics.ts';
import { adminOrderExportRoutes } from './routes/admin-order-exports.ts';
import { adminOrderRoutes } from './routes/admin-orders.ts';
import { adminSaleRoutes } from './routes/admin-sales.ts';
import { adminWebhookRoutes } from './routes/admin-webhooks.ts';
import { authRoutes } from './routes/auth.ts';
import { cartRoutes } from './routes/cart.ts';
import { challengeRoutes } from './routes/challenges.ts';
import { configRoutes } from './routes/config.ts';
import { docsRoutes } from './routes/docs.ts';
import { orderLinkRoutes } from './routes/order-links.ts';
import { orderRoutes } from './routes/orders.ts';
import { servePages } from './routes/pages.ts';
import { paymentRoutes } from './routes/payments.ts';
import { proofRoutes } from './routes/proof.ts';
import { queueBoardRoutes } from './routes/queue-board.ts';
import { saleRoutes } from './routes/sales.ts';
import { stripeWebhookRoutes } from './routes/stripe-webhook.ts';
import { systemRoutes } from './routes/system.ts';
import { ticketRoutes } from './routes/tickets.ts';

/** The API: every route with its schema, and one error handler. */
export function createApi(deps: ApiDeps) {
  const { requests, identity, orderLinks, sales, line, proof, payments, admin, system, web } = deps;
  const guards = createGuards(requests);
  const answerProblem = problemHandler(requests);
  const pages = web.pages && servePages(web.pages, pagePayments(web.payments).origins);
  const app = createApp();
  app.onError(answerProblem);
  app.notFound((c) => {
    if (pages === undefined) throw new DomainError('not_found');
    return pages(c);
  });
  if (requests.tracing !== undefined) app.use(requests.tracing.requests);
  if (requests.corsOrigins.length > 0) app.use('/api/*', allowOrigins(requests.corsOrigins));
  return app
    .route('/', authRoutes(guards, identity))
    .route('/', saleRoutes(guards, sales))
    .route('/', challengeRoutes(guards, sales))
    .route('/', ticketRoutes(guards, line))
    .route('/', proofRoutes(guards, proof))
    .route('/', cartRoutes(guards, line))
    .route('/', orderRoutes(guards, line))
    .route('/', orderLinkRoutes(guards, orderLinks))
    .route('/', paymentRoutes(guards, payments))
    .route('/', stripeWebhookRoutes(payments))
    .route('/', adminSaleRoutes(guards, admin))
    .route('/', adminOrderRoutes(guards, admin))
    .route('/', adminOrderExportRoutes(guards, admin))
    .route('/', adminWebhookRoutes(guards, admin))
    .route('/', adminMetricsRoutes(guards, admin))
    .route('/', adminActionRoutes(guards, admin))
    .route('/', queueBoardRoutes(guards, admin))
    .route('/', configRoutes(guards, web))
    .route('/', systemRoutes(system))
    .route('/', docsRoutes());
}

/** The type from which `hc` of hono/client derives a typed client, see docs/client.md. */
export type Api = ReturnType<typeof createApi>;
