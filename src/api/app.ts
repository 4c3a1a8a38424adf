import { requestId } from 'hono/request-id';
import type { Logger } from 'pino';
import type { Contacts } from '../accounts/contacts.ts';
import type { Sessions } from '../accounts/sessions.ts';
import type { Db } from '../db/client.ts';
import { DomainError } from '../domain/errors.ts';
import type { AttemptLimits } from '../limits/attempt-limits.ts';
import type { RequestLimits } from '../limits/request-limits.ts';
import type { Throttled } from '../limits/throttled.ts';
import type { Acceptor } from '../line/accept.ts';
import type { AttemptKeys } from '../line/attempt-key.ts';
import type { OriginHasher } from '../line/origin.ts';
import type { Shards } from '../line/shards.ts';
import type { TicketSealer } from '../line/ticket-id.ts';
import type { WebhookPolicy } from '../messages/webhook-url.ts';
import type { PaymentDeps, StripeAccount } from '../payments/deps.ts';
import type { PaymentQueues } from '../payments/queue.ts';
import type { ApiMetrics } from '../process/metrics.ts';
import type { Tracing } from '../process/tracing/tracing.ts';
import type { RedisClient } from '../redis/client.ts';
import type { Challenges } from './challenges.ts';
import { describe } from './description/describe.ts';
import { createApp } from './http/create-app.ts';
import { allowOrigins } from './http/middleware/allow-origins.ts';
import { secureAnswers } from './http/middleware/secure-answers.ts';
import { onError, problem } from './http/problem.ts';
import type { QueueBoard } from './ops/queue-board.ts';
import { pagePayments } from './pages/page-payments.ts';
import type { Pages } from './pages/pages.ts';
import { adminActionRoutes } from './routes/admin-actions.ts';
import { adminMetricsRoutes } from './routes/admin-metrics.ts';
import { adminOrderRoutes } from './routes/admin-orders.ts';
import { adminSaleRoutes } from './routes/admin-sales.ts';
import { adminWebhookRoutes } from './routes/admin-webhooks.ts';
import { authRoutes } from './routes/auth.ts';
import { cartRoutes } from './routes/cart.ts';
import { challengeRoutes } from './routes/challenges.ts';
import { configRoutes } from './routes/config.ts';
import { docsRoutes } from './routes/docs.ts';
import { orderRoutes } from './routes/orders.ts';
import { pageRoutes } from './routes/pages.ts';
import { paymentRoutes } from './routes/payments.ts';
import { queueBoardRoutes } from './routes/queue-board.ts';
import { saleRoutes } from './routes/sales.ts';
import { stripeWebhookRoutes } from './routes/stripe-webhook.ts';
import { systemRoutes } from './routes/system.ts';
import { ticketRoutes } from './routes/tickets.ts';
import type { SaleEvents } from './sales/sale-events.ts';
import type { SaleViews } from './sales/sale-views.ts';
import type { TicketDesk } from './tickets/ticket-desk.ts';
import type { AccessTokens } from './tokens/access-token.ts';
import type { QueueSessions } from './tokens/queue-session.ts';

/** What the routes of payments work with. */
export type ApiPayments = PaymentDeps & StripeAccount;

/** What the routes of accounts work with. */
export interface ApiAuth {
  readonly sessions: Sessions;
  /** AUTH_JWT_SECRET: access tokens are signed with it. */
  readonly secret: string;
  readonly allowGuests: boolean;
}

/** What keeps people from hammering. */
export interface Protection {
  readonly attempts: AttemptLimits;
  readonly requests: RequestLimits;
  readonly originHasher: OriginHasher;
}

/** What the routes work with. */
export interface ApiDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly log: Logger;
  readonly metrics: ApiMetrics;
  readonly tokens: AccessTokens;
  readonly auth: ApiAuth;
  readonly contacts: Contacts;
  /** Origins whose pages may call the API. */
  readonly corsOrigins: readonly string[];
  readonly shards: Shards;
  /** Shards that new sales may be put on. */
  readonly shardCount: number;
  /** Tickets that may wait on the waitlist of a new sale. */
  readonly waitlistMax: number;
  readonly views: SaleViews;
  /** Whoever watches a sale. */
  readonly events: SaleEvents;
  readonly desk: TicketDesk;
  readonly sealer: TicketSealer;
  readonly attemptKeys: AttemptKeys;
  /**
   * Undefined where limits are switched off: then no solution is asked for either, nor where an
   * attempt comes from.
   */
  readonly protection: Protection | undefined;
  /** Proxies that X-Forwarded-For is believed of; 0: none. */
  readonly trustedProxies: number;
  readonly throttled: Throttled;
  /** Made for whoever asks, limits or not. */
  readonly challenges: Challenges;
  /** Stripe, and what is told of it; undefined where payments are not set up. */
  readonly payments: ApiPayments | undefined;
  readonly paymentQueues: PaymentQueues;
  readonly queueBoard: QueueBoard;
  readonly queueSessions: QueueSessions;
  /** Where webhooks may go. */
  readonly webhookPolicy: WebhookPolicy;
  readonly acceptorOf: (shard: number) => Acceptor;
  /** The built pages; undefined where there are none. */
  readonly pages: Pages | undefined;
  /** Undefined where nothing is traced. */
  readonly tracing: Tracing | undefined;
}

/**
 * Characters of a request id that somebody sends at most: a longer one, or an odd one, is replaced
 * by ours.
 */
const MAX_REQUEST_ID = 64;

/** The API: every route with its schema, and one way to answer errors. */
export function createApi(deps: ApiDeps) {
  const app = createApp();
  app.onError(onError);
  app.notFound((c) => problem(c, new DomainError('not_found')));
  app.use(async (c, next) => {
    c.set('log', deps.log);
    c.set('db', deps.db);
    c.set('metrics', deps.metrics);
    c.set('tokens', deps.tokens);
    c.set('auth', deps.auth);
    c.set('contacts', deps.contacts);
    c.set('protection', deps.protection);
    c.set('trustedProxies', deps.trustedProxies);
    c.set('throttled', deps.throttled);
    await next();
  });
  app.use(secureAnswers);
  app.use(requestId({ limitLength: MAX_REQUEST_ID }));
  if (deps.tracing !== undefined) app.use(deps.tracing.requests);
  if (deps.corsOrigins.length > 0) app.use('/api/*', allowOrigins(deps.corsOrigins));
  const routes = app
    .route('/', authRoutes(deps))
    .route('/', saleRoutes(deps))
    .route('/', challengeRoutes(deps))
    .route('/', ticketRoutes(deps))
    .route('/', cartRoutes(deps))
    .route('/', orderRoutes(deps))
    .route('/', paymentRoutes(deps))
    .route('/', stripeWebhookRoutes(deps))
    .route('/', adminSaleRoutes(deps))
    .route('/', adminOrderRoutes(deps))
    .route('/', adminWebhookRoutes(deps))
    .route('/', adminMetricsRoutes(deps))
    .route('/', adminActionRoutes(deps))
    .route('/', queueBoardRoutes(deps))
    .route('/', configRoutes(deps))
    .route('/', systemRoutes(deps))
    .route('/', docsRoutes());

  app.get('/openapi.json', (c) => c.json(describe(app)));
  if (deps.pages !== undefined) {
    app.route('/', pageRoutes(deps.pages, pagePayments(deps.payments).origins));
  }
  return routes;
}

/** What `hc` of hono/client makes a typed client of, see docs/client.md. */
export type Api = ReturnType<typeof createApi>;
