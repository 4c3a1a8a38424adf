import type { Logger } from 'pino';
import { Contacts } from '../accounts/contacts.ts';
import { ensureAdmin } from '../accounts/first-admin.ts';
import { Passwords } from '../accounts/passwords.ts';
import { Sessions } from '../accounts/sessions.ts';
import type { Db } from '../db/client.ts';
import { ensureShards } from '../db/shards.ts';
import { type AttemptLimitOptions, AttemptLimits } from '../limits/attempt-limits.ts';
import { RequestLimits, type RequestQuotas } from '../limits/request-limits.ts';
import { Throttled } from '../limits/throttled.ts';
import { type AcceptOptions, Acceptor } from '../line/accept.ts';
import { AttemptKeys } from '../line/attempt-key.ts';
import { OriginHasher } from '../line/origin.ts';
import { ProgressWatch } from '../line/progress.ts';
import { type LineQueue, openQueue } from '../line/queue.ts';
import { Shards } from '../line/shards.ts';
import { TicketSealer } from '../line/ticket-id.ts';
import type { WebhookPolicy } from '../messages/webhook-url.ts';
import type { StripeAccount } from '../payments/deps.ts';
import { openPaymentQueues } from '../payments/queue.ts';
import type { ApiMetrics } from '../process/metrics.ts';
import type { Tracing } from '../process/tracing/tracing.ts';
import { onConnected, type RedisClient } from '../redis/client.ts';
import { createApi } from './app.ts';
import { Challenges } from './challenges.ts';
import { QueueBoard } from './ops/queue-board.ts';
import { readPages } from './pages/pages.ts';
import { SaleEvents } from './sales/sale-events.ts';
import { SaleViews } from './sales/sale-views.ts';
import { TicketDesk } from './tickets/ticket-desk.ts';
import { AccessTokens } from './tokens/access-token.ts';
import { type ExternalTokenOptions, ExternalTokens } from './tokens/external-tokens.ts';
import { QueueSessions } from './tokens/queue-session.ts';

export interface AuthOptions {
  /** ALLOW_GUESTS. */
  readonly allowGuests: boolean;
  /** An outside identity provider, where there is one. */
  readonly external?: ExternalTokenOptions | undefined;
  /** ADMIN_EMAIL, ADMIN_PASSWORD: made an admin at the start. */
  readonly admin?: { readonly email: string; readonly password: string } | undefined;
}

/** How often somebody may ask for something. */
export interface ProtectionOptions {
  /** Before they are in. */
  readonly attempts: AttemptLimitOptions;
  /** Once they are in. */
  readonly requests: RequestQuotas;
}

export interface ApiOptions {
  readonly redis: RedisClient;
  /** A connection of its own, for the subscription to progress. */
  readonly subscriber: RedisClient;
  readonly db: Db;
  readonly log: Logger;
  readonly metrics: ApiMetrics;
  /** AUTH_JWT_SECRET. */
  readonly secret: string;
  /** LINE_SHARDS: shards that new sales may be put on. */
  readonly shardCount: number;
  /** LINE_WAITLIST_MAX: tickets that may wait on the waitlist of a new sale. */
  readonly waitlistMax: number;
  readonly auth: AuthOptions;
  /** Left out where limits are switched off. */
  readonly protection?: ProtectionOptions | undefined;
  /** TRUST_PROXY: proxies that X-Forwarded-For is believed of; 0: none. */
  readonly trustedProxies: number;
  /** CORS_ORIGINS; none when left out. */
  readonly corsOrigins?: readonly string[] | undefined;
  readonly accept: Omit<AcceptOptions, 'quotas'>;
  /** Where webhooks may go: on the internet, by https, when left out. */
  readonly webhookPolicy?: WebhookPolicy | undefined;
  /** Stripe, as far as it is set up. */
  readonly account?: StripeAccount | undefined;
  /** The folder of the built pages, if they are to be served. */
  readonly pages?: string | undefined;
  /** Undefined where nothing is traced. */
  readonly tracing?: Tracing | undefined;
}

/** Puts an API process together, without its server. */
export async function startApi(options: ApiOptions) {
  const { redis, subscriber, db, log, metrics, secret, tracing } = options;
  const { external, admin, allowGuests } = options.auth;
  await ensureShards(db, options.shardCount);
  const passwords = new Passwords();
  if (admin !== undefined) await ensureAdmin({ db, passwords, log }, admin);
  const protection = options.protection && {
    attempts: new AttemptLimits({ redis, log, secret }, options.protection.attempts),
    requests: new RequestLimits({ redis, log }, options.protection.requests),
    originHasher: new OriginHasher(secret),
  };
  const throttled = new Throttled({ redis, log });
  const contacts = new Contacts({ db, log });
  const sessions = new Sessions({ db, log, passwords, limits: protection?.attempts });
  const progress = new ProgressWatch({ redis, subscriber, log });
  progress.start();

  const shards = new Shards({ redis, db, log });
  onConnected(redis, () => shards.distrust());
  const sealer = new TicketSealer(secret);
  const views = new SaleViews({ redis, db, progress, log });
  const events = new SaleEvents({ views, progress, log });
  const payments = options.account && { ...options.account, redis, db, shards, log };
  const desk = new TicketDesk({ redis, db, shards, progress, sealer, views, payments });

  const paymentQueues = openPaymentQueues(redis, (error) =>
    log.warn({ err: error }, 'payment queue'),
  );
  const queueBoard = new QueueBoard({ redis, db, log });
  const queues: LineQueue[] = [];
  const acceptors = new Map<number, Acceptor>();
  const acceptorOf = (id: number): Acceptor => {
    const known = acceptors.get(id);
    if (known !== undefined) return known;
    const shard = shards.at(id);
    const queue = openQueue(redis, shard.keys, tracing?.telemetry);
    queue.on('error', (error) => log.warn({ err: error, shard: id }, 'line queue'));
    queues.push(queue);
    const observe = (tickets: number) => metrics.batchTickets.observe(tickets);
    const acceptor = new Acceptor(
      { redis, shard, queue, progress, log, observe, tracing },
      { ...options.accept, quotas: options.protection?.requests.tickets },
    );
    acceptors.set(id, acceptor);
    return acceptor;
  };

  const pages = options.pages === undefined ? undefined : await readPages(options.pages);
  const app = createApi({
    redis,
    db,
    log,
    metrics,
    tokens: new AccessTokens(secret, external && new ExternalTokens(external, log)),
    auth: { sessions, secret, allowGuests },
    contacts,
    corsOrigins: options.corsOrigins ?? [],
    shards,
    shardCount: options.shardCount,
    waitlistMax: options.waitlistMax,
    views,
    events,
    desk,
    sealer,
    attemptKeys: new AttemptKeys(secret),
    protection,
    trustedProxies: options.trustedProxies,
    throttled,
    challenges: new Challenges(secret),
    payments,
    paymentQueues,
    queueBoard,
    queueSessions: new QueueSessions(secret),
    webhookPolicy: options.webhookPolicy ?? { allowLocal: false },
    acceptorOf,
    pages,
    tracing,
  });
  return {
    app,
    /** Takes what has gathered into the line, answers the long polls, ends the streams, and ends. */
    async stop() {
      events.stop();
      await Promise.all([...acceptors.values()].map((acceptor) => acceptor.settle()));
      progress.stop();
      await Promise.all([throttled.stop(), contacts.stop(), queueBoard.stop()]);
      await Promise.all([...queues, ...paymentQueues.values()].map((queue) => queue.close()));
    },
  };
}
