import type { Logger } from 'pino';
import { Contacts } from '../accounts/contacts.ts';
import { ensureAdmin } from '../accounts/first-admin.ts';
import { Passwords } from '../accounts/passwords.ts';
import { Sessions } from '../accounts/sessions.ts';
import type { Db } from '../db/client.ts';
import { findLinkedBuyer } from '../db/order-links.ts';
import { adoptSales } from '../db/sale-secrets.ts';
import { ensureShards } from '../db/shards.ts';
import { type Quotas, ticketQuotas } from '../domain/limits.ts';
import { AttemptLimits } from '../limits/attempt-limits.ts';
import { type OpenQuotas, OpenRequests } from '../limits/open-requests.ts';
import { RequestLimits } from '../limits/request-limits.ts';
import { Throttled } from '../limits/throttled.ts';
import type { AcceptOptions } from '../line/accept.ts';
import { Acceptors } from '../line/acceptors.ts';
import { AttemptKeys } from '../line/attempt-key.ts';
import { OriginHasher } from '../line/origin.ts';
import { ProgressWatch } from '../line/progress.ts';
import { Shards } from '../line/shards.ts';
import { TicketSealer } from '../line/ticket-id.ts';
import type { WebhookPolicy } from '../messages/webhook-url.ts';
import type { StripeAccount } from '../payments/deps.ts';
import { openPaymentQueues } from '../payments/queue.ts';
import { type AuthSecrets, secretIdOf } from '../process/auth-secrets.ts';
import type { ApiMetrics } from '../process/metrics.ts';
import type { ProxyTrust } from '../process/proxy-trust.ts';
import type { Tracing } from '../process/tracing/tracing.ts';
import type { LogSigner } from '../public-log/signer.ts';
import { onConnected, type RedisClient } from '../redis/client.ts';
import { FieldReads } from '../redis/field-reads.ts';
import { createApi } from './app.ts';
import type { ApiDeps, NewSales } from './deps.ts';
import { Addresses } from './http/addresses.ts';
import { SecurityLog } from './http/security-log.ts';
import { QueueBoard } from './ops/queue-board.ts';
import { SharedMetrics } from './ops/shared-metrics.ts';
import { TicketOrders } from './orders/ticket-orders.ts';
import { readPages } from './pages/pages.ts';
import { SaleEvents } from './sales/sale-events.ts';
import { SaleTexts } from './sales/sale-texts.ts';
import { SaleViews } from './sales/sale-views.ts';
import { Challenges } from './tickets/challenges.ts';
import { LongPolls } from './tickets/long-polls.ts';
import { rememberDecided } from './tickets/ticket-state.ts';
import { AccessTokens } from './tokens/access-token.ts';
import { type ExternalTokenOptions, ExternalTokens } from './tokens/external-tokens.ts';
import { OrderTokens } from './tokens/order-token.ts';
import { QueueSessions } from './tokens/queue-session.ts';

export interface ApiOptions {
  readonly redis: RedisClient;
  /** A connection of its own, for the subscription to progress. */
  readonly subscriber: RedisClient;
  readonly db: Db;
  readonly log: Logger;
  readonly metrics: ApiMetrics;
  /** Undefined where nothing is traced. */
  readonly tracing?: Tracing | undefined;
  readonly secrets: AuthSecrets;
  /** Signs checkpoints and promises; left out where no logs are published. */
  readonly signer?: LogSigner | undefined;
  readonly newSales: NewSales;
  readonly accept: Omit<AcceptOptions, 'quotas'>;
  /** Left out where limits are switched off. */
  readonly limits?: Quotas | undefined;
  /** How many streams and long polls may be open; any number when left out. */
  readonly open?: OpenQuotas | undefined;
  /** METRICS_TOKEN; anybody may read the metrics when left out. */
  readonly metricsToken?: string | undefined;
  /** ALLOW_GUESTS. */
  readonly allowGuests: boolean;
  /** An outside identity provider, where there is one. */
  readonly identityProvider?: ExternalTokenOptions | undefined;
  /** ADMIN_EMAIL, ADMIN_PASSWORD: made an admin at the start. */
  readonly admin?: { readonly email: string; readonly password: string } | undefined;
  /** TRUST_PROXY. */
  readonly proxyTrust: ProxyTrust;
  /** PUBLIC_URL, where it is set. */
  readonly publicUrl?: string | undefined;
  /** CORS_ORIGINS; none when left out. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Where webhooks may go: on the internet, by https, when left out. */
  readonly webhookPolicy?: WebhookPolicy | undefined;
  /** Stripe, where it is set up. */
  readonly account?: StripeAccount | undefined;
  /** The folder of the built pages, where they are to be served. */
  readonly pages?: string | undefined;
}

/** Puts an API process together, without its server. */
export async function startApi(options: ApiOptions) {
  const { redis, db, log, metrics, allowGuests, proxyTrust } = options;
  const passwords = new Passwords();
  await ensureShards(db, options.newSales.shardCount);
  const [current, ...others] = options.secrets;
  await adoptSales({ db, log }, secretIdOf(current), others.map(secretIdOf));
  if (options.admin !== undefined) await ensureAdmin({ db, passwords, log }, options.admin);

  const pages = options.pages === undefined ? undefined : await readPages(options.pages);
  const access = openAccess(options, passwords);
  const line = openLine(options);
  const { shards, progress, views, acceptors, sealer, attemptKeys, challenges } = line;
  const { tokens, orderTokens, contacts, sessions, throttled, limits } = access;
  const payments = options.account && { ...options.account, db, shards, log };
  const paymentQueues = openPaymentQueues(redis, (error) =>
    log.warn({ err: error }, 'payment queue'),
  );
  const streams = new OpenRequests(options.open?.streams);
  const events = new SaleEvents({ views, progress, log, streams });
  const collected = new SharedMetrics({ redis, db, metrics });
  const queueBoard = new QueueBoard({ redis, db, log });
  const addresses = new Addresses(options.secrets, proxyTrust);
  const security = new SecurityLog({ log, addresses });
  const common = {
    redis,
    db,
    log,
    metrics,
    proxyTrust,
    throttled,
    payments,
    addresses,
    security,
  };
  const { corsOrigins = [], tracing } = options;
  const deps: ApiDeps = {
    requests: {
      ...{ ...common, tokens, orderTokens, contacts, limits, corsOrigins, tracing },
      linkedBuyer: (order, link) => findLinkedBuyer(db, order, link),
    },
    identity: { ...common, sessions, contacts, secrets: options.secrets, allowGuests },
    orderLinks: { ...common, orderTokens, limits: limits?.attempts },
    sales: { views, texts: new SaleTexts(views), events, challenges, proxyTrust },
    line: { ...common, ...line },
    proof: { ...common, ...line, signer: options.signer },
    payments: { ...common, paymentQueues },
    admin: {
      ...common,
      ...{ shards, views, sealer, attemptKeys, queueBoard },
      newSales: options.newSales,
      secretId: secretIdOf(current),
      publicUrl: options.publicUrl,
      queueSessions: new QueueSessions(options.secrets),
      webhookPolicy: options.webhookPolicy ?? { allowLocal: false },
    },
    system: {
      ...common,
      shardCount: options.newSales.shardCount,
      readMetrics: () => collected.read(),
      metricsToken: options.metricsToken,
    },
    web: { pages, payments, allowGuests, views },
  };
  return {
    app: createApi(deps),
    /**
     * Takes what has gathered into the line, answers the long polls, ends the streams, and ends.
     */
    async stop() {
      events.stop();
      await acceptors.settle();
      progress.stop();
      await Promise.all([throttled.stop(), contacts.stop(), queueBoard.stop()]);
      await Promise.all([acceptors.close(), ...[...paymentQueues.values()].map((q) => q.close())]);
    },
  };
}

/** What says who calls, and how often they may. */
function openAccess(options: ApiOptions, passwords: Passwords) {
  const { redis, db, log, secrets, identityProvider } = options;
  const limits = options.limits && {
    attempts: new AttemptLimits({ redis, log, secrets }, options.limits),
    requests: new RequestLimits({ redis, log }, options.limits),
  };
  return {
    limits,
    throttled: new Throttled({ redis, log }),
    contacts: new Contacts({ db, log }),
    sessions: new Sessions({ db, log, passwords, limits: limits?.attempts }),
    orderTokens: new OrderTokens(secrets),
    tokens: new AccessTokens(
      secrets,
      identityProvider && new ExternalTokens(identityProvider, log),
    ),
  };
}

/** What takes tickets into the line, and follows it. */
function openLine(options: ApiOptions) {
  const { redis, db, log, secrets, tracing, limits, metrics } = options;
  const progress = new ProgressWatch({ redis, subscriber: options.subscriber, log });
  progress.start();
  const shards = new Shards({ redis, db, log });
  onConnected(redis, () => shards.invalidate());
  const observe = (tickets: number) => metrics.batchTickets.observe(tickets);
  return {
    shards,
    progress,
    views: new SaleViews({ redis, db, progress, log }),
    fields: new FieldReads(redis),
    orders: new TicketOrders(db),
    decided: rememberDecided(),
    acceptors: new Acceptors(
      { redis, shards, progress, log, observe, tracing },
      { ...options.accept, quotas: limits && ticketQuotas(limits) },
    ),
    sealer: new TicketSealer(secrets),
    attemptKeys: new AttemptKeys(secrets),
    challenges: new Challenges(secrets),
    longPolls: new LongPolls(new OpenRequests(options.open?.longPolls)),
    originHasher: limits && new OriginHasher(secrets),
  };
}
