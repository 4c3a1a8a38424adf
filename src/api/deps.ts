import type { Logger } from 'pino';
import type { Contacts } from '../accounts/contacts.ts';
import type { OrderLinkDeps } from '../accounts/order-links.ts';
import type { Sessions } from '../accounts/sessions.ts';
import type { Db } from '../db/client.ts';
import type { Throttled } from '../limits/throttled.ts';
import type { AttemptKeys } from '../line/attempt-key.ts';
import type { Shards } from '../line/shards.ts';
import type { TicketSealer } from '../line/ticket-id.ts';
import type { WebhookPolicy } from '../messages/webhook-url.ts';
import type { PaymentDeps, StripeAccount } from '../payments/deps.ts';
import type { PaymentQueues } from '../payments/queue.ts';
import type { AuthSecrets } from '../process/auth-secrets.ts';
import type { ApiMetrics } from '../process/metrics.ts';
import type { ProxyTrust } from '../process/proxy-trust.ts';
import type { Tracing } from '../process/tracing/tracing.ts';
import type { RedisClient } from '../redis/client.ts';
import type { Addresses } from './http/addresses.ts';
import type { GuardDeps } from './http/middleware/guards.ts';
import type { SecurityLog } from './http/security-log.ts';
import type { QueueBoard } from './ops/queue-board.ts';
import type { Pages } from './pages/pages.ts';
import type { ReceiptDeps } from './proof/receipt.ts';
import type { SaleEvents } from './sales/sale-events.ts';
import type { SaleTexts } from './sales/sale-texts.ts';
import type { SaleViews } from './sales/sale-views.ts';
import type { Challenges } from './tickets/challenges.ts';
import type { ReleaseDeps } from './tickets/give-back.ts';
import type { PollDeps } from './tickets/poll.ts';
import type { TakeTicketDeps } from './tickets/take-ticket.ts';
import type { OrderTokens } from './tokens/order-token.ts';
import type { QueueSessions } from './tokens/queue-session.ts';

/** Stripe, as far as the API uses it. */
type ApiPayments = PaymentDeps & StripeAccount;

/** For accounts and the tokens that come from them. */
export interface IdentityDeps {
  readonly db: Db;
  readonly sessions: Sessions;
  readonly contacts: Contacts;
  /** Access tokens are signed with the first. */
  readonly secrets: AuthSecrets;
  readonly allowGuests: boolean;
  readonly addresses: Addresses;
  readonly security: SecurityLog;
  /** TRUST_PROXY. */
  readonly proxyTrust: ProxyTrust;
}

/** For the links in mails. */
export interface OrderLinkRouteDeps extends OrderLinkDeps {
  readonly orderTokens: OrderTokens;
  /** TRUST_PROXY. */
  readonly proxyTrust: ProxyTrust;
}

/** For the public reads of sales, and the challenges of those that require one. */
export interface SaleDeps {
  readonly views: SaleViews;
  readonly texts: SaleTexts;
  readonly events: SaleEvents;
  readonly challenges: Challenges;
  /** TRUST_PROXY. */
  readonly proxyTrust: ProxyTrust;
}

/** For what anybody can check of a sale, and the receipts of buyers. */
export type ProofDeps = ReceiptDeps;

/** For the tickets, carts and orders of buyers. */
export interface LineRouteDeps extends TakeTicketDeps, PollDeps, ReleaseDeps {
  /** TRUST_PROXY. */
  readonly proxyTrust: ProxyTrust;
}

/** For paying, and for the events of Stripe. */
export interface PaymentRouteDeps {
  readonly db: Db;
  readonly log: Logger;
  /** Undefined where payments are not set up. */
  readonly payments: ApiPayments | undefined;
  readonly paymentQueues: PaymentQueues;
}

/** The operator's settings for new sales. */
export interface NewSales {
  /** LINE_SHARDS: shards that a sale may be placed on. */
  readonly shardCount: number;
  /** LINE_WAITLIST_MAX: tickets that may wait on its waitlist. */
  readonly waitlistMax: number;
}

/** For sellers and operators who are signed in as admins. */
export interface AdminDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly log: Logger;
  readonly shards: Shards;
  readonly views: SaleViews;
  readonly sealer: TicketSealer;
  readonly attemptKeys: AttemptKeys;
  readonly newSales: NewSales;
  /** The id of the secret that new sales keep. */
  readonly secretId: string;
  readonly payments: ApiPayments | undefined;
  /** Where webhooks may go. */
  readonly webhookPolicy: WebhookPolicy;
  readonly throttled: Throttled;
  readonly queueBoard: QueueBoard;
  readonly queueSessions: QueueSessions;
  /** PUBLIC_URL, where it is set. */
  readonly publicUrl: string | undefined;
}

/** For probes and Prometheus. */
export interface SystemDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly shardCount: number;
  /** All metrics in Prometheus's text form. */
  readonly readMetrics: () => Promise<string>;
  /** METRICS_TOKEN: who asks for metrics has to bring it; undefined: anybody may. */
  readonly metricsToken: string | undefined;
}

/** For the pages and their configuration. */
export interface PageDeps {
  /** The built pages; undefined where there are none. */
  readonly pages: Pages | undefined;
  readonly payments: ApiPayments | undefined;
  readonly allowGuests: boolean;
  readonly views: SaleViews;
}

/** For the middleware of every request. */
interface RequestDeps extends GuardDeps {
  readonly metrics: ApiMetrics;
  readonly throttled: Throttled;
  readonly security: SecurityLog;
  /** Origins whose pages may call the API. */
  readonly corsOrigins: readonly string[];
  /** Undefined where tracing is off. */
  readonly tracing: Tracing | undefined;
}

/**
 * The dependencies of the API, grouped by the routes that use them: `startApi` builds them, and
 * `createApi` passes each route its group.
 */
export interface ApiDeps {
  readonly requests: RequestDeps;
  readonly identity: IdentityDeps;
  readonly orderLinks: OrderLinkRouteDeps;
  readonly sales: SaleDeps;
  readonly line: LineRouteDeps;
  readonly proof: ProofDeps;
  readonly payments: PaymentRouteDeps;
  readonly admin: AdminDeps;
  readonly system: SystemDeps;
  readonly web: PageDeps;
}
