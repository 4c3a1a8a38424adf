import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { transportHeaders } from '../../src/api/http/public-url.ts';
import { createApiServer } from '../../src/api/http/server.ts';
import { type ApiOptions, startApi } from '../../src/api/start.ts';
import { connectDb, type Db } from '../../src/db/client.ts';
import type { Quotas } from '../../src/domain/limits.ts';
import type { OpenQuotas } from '../../src/limits/open-requests.ts';
import { Shards } from '../../src/line/shards.ts';
import { connectStripe } from '../../src/payments/stripe.ts';
import { apiMetrics } from '../../src/process/metrics.ts';
import { makeSigningKey } from '../../src/process/signing-key.ts';
import { LogSigner } from '../../src/public-log/signer.ts';
import type { Witness } from '../../src/public-log/witnesses.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { connectRedis } from '../../src/redis/client.ts';
import { beat } from '../../src/redis/heartbeat.ts';
import { PROGRESS_CHANNEL } from '../../src/redis/keys.ts';
import { startWorkers, type WorkersDeps } from '../../src/workers/start.ts';
import { createDatabase, ownerUrl, silent } from './database.ts';
import { startTestRedis } from './redis.ts';

export const SECRET = 'a secret for tests that is long enough';

/** Test keys for Stripe. */
export const STRIPE = {
  secretKey: 'sk_test_seller',
  publishableKey: 'pk_test_browser',
  webhookSecret: 'whsec_test',
};

/** Signs the public logs. */
export const LOG_KEY = makeSigningKey('test.example');

const GENEROUS: Quotas = {
  tickets_buyer: 0,
  tickets_ip: 0,
  tickets_sale: 0,
  polls_buyer: 0,
  polls_ip: 0,
  payments_buyer: 0,
  auth_ip: 1_000,
  renewals_session: 1_000,
  auth_account: 1_000,
};

interface Engine {
  readonly url: string;
  stop(): Promise<void>;
}

export interface SystemOptions {
  readonly shards?: number;
  readonly batchMs?: number;
  readonly batchMax?: number;
  readonly maxWaiting?: number;
  readonly waitlistMax?: number;
  /** Another Redis setup than a single server, such as a cluster. */
  readonly startRedis?: () => Promise<Engine>;
  /** Puts a proxy between the API and its Redis: maps its URL to the one to use. */
  readonly wrapRedis?: (url: string) => Promise<string>;
  /** Puts a proxy between the system and its database: maps its URL to the one to use. */
  readonly wrapDatabase?: (url: string) => Promise<string>;
  /** Sets up payments: maps the URL of the webhook to the URL of a Stripe stand-in. */
  readonly startStripe?: (webhookUrl: string) => Promise<string>;
  /** How long an expired hold waits for Stripe; 0 by default. */
  readonly graceMs?: number;
  /** Guests are allowed unless said otherwise. */
  readonly auth?: Partial<Pick<ApiOptions, 'allowGuests' | 'identityProvider' | 'admin'>>;
  /**
   * No limits by default; limits left out of the object are far above what a test does.
   * X-Forwarded-For sets the client address.
   */
  readonly limits?: Partial<Quotas> | undefined;
  /** How many streams and long polls may be open; any number by default. */
  readonly open?: OpenQuotas;
  /** What `/metrics` requires; nothing by default. */
  readonly metricsToken?: string;
  /** Origins whose pages may call the API; none when left out. */
  readonly corsOrigins?: readonly string[];
  /** The folder of the built pages; none by default. */
  readonly pages?: string;
  /** Where the API logs to; nowhere by default. */
  readonly log?: Logger;
}

/**
 * A complete system in one process: real Redis, real Postgres, one API with its server, one worker.
 */
export interface TestSystem {
  readonly url: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly redis: RedisClient;
  /** As the role of the API and the workers. */
  readonly db: Db;
  /** As the owner of the tables, for what a test does to them that the processes may not. */
  readonly owner: Db;
  readonly shards: Shards;
  /** Its API without a server. */
  readonly fetch: Fetch;
  /** The routes of its API, those of middleware with the method `ALL`. */
  readonly routes: ReadonlyArray<{ readonly method: string; readonly path: string }>;
  /**
   * Waits until a condition holds, looking at it again whenever a shard's progress moves.
   */
  until(condition: () => Promise<boolean>): Promise<void>;
  /**
   * Starts another API on the same Redis and Postgres; it stops with the system. Returns its URL.
   *
   * @param settings what it has otherwise than the first
   */
  startAnotherApi(settings?: Partial<Pick<ApiOptions, 'publicUrl' | 'secrets'>>): Promise<string>;
  /** Starts a worker in this process; by default it logs nowhere and has the system's Stripe. */
  startWorker(options?: {
    /** Its Postgres; the system's by default. */
    readonly db?: Db;
    readonly log?: Logger;
    readonly withoutStripe?: boolean;
    /** The newest format that it knows; that of this version by default. */
    readonly format?: number;
    /** Its clock; the machine's by default. */
    readonly nowMs?: () => number;
    /** How it delivers messages; by default it delivers none. */
    readonly messages?: WorkersDeps['messages'];
    /** Who cosigns checkpoints; nobody by default. */
    readonly witnesses?: readonly Witness[];
  }): void;
  /** Stops all workers of this process. */
  stopWorker(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a system; the test starts its worker. */
export async function startSystem(options: SystemOptions = {}): Promise<TestSystem> {
  const start = options.startRedis ?? startTestRedis;
  const [engine, databaseUrl] = await Promise.all([start(), createDatabase()]);
  const redis = connectRedis(engine.url, 'worker', silent);
  const apiRedisUrl = (await options.wrapRedis?.(engine.url)) ?? engine.url;
  const requests = connectRedis(apiRedisUrl, 'request', silent);
  const subscriber = connectRedis(apiRedisUrl, 'subscriber', silent);
  await new Promise((resolve) => requests.once('ready', resolve));
  const db = connectDb((await options.wrapDatabase?.(databaseUrl)) ?? databaseUrl, silent);
  const owner = connectDb(ownerUrl(databaseUrl), silent, 2);
  const shards = new Shards({ redis, db, log: silent });
  const {
    shards: shardCount = 1,
    batchMs = 1,
    batchMax = 100,
    maxWaiting = 1_000_000,
    waitlistMax = 10_000,
    log = silent,
  } = options;
  let fetchApi: Fetch = () => new Response('starting', { status: 503 });
  const server = await listen((request, env) => fetchApi(request, env));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stripeUrl = await options.startStripe?.(`${url}/api/webhooks/stripe`);
  const stripe =
    stripeUrl === undefined
      ? undefined
      : connectStripe(STRIPE.secretKey, { apiUrl: stripeUrl, retries: 1 });
  const apiOptions = {
    db,
    log,
    metrics: apiMetrics(),
    secrets: [SECRET] as const,
    signer: new LogSigner(LOG_KEY),
    newSales: { shardCount, waitlistMax },
    allowGuests: true,
    ...options.auth,
    limits: options.limits && { ...GENEROUS, ...options.limits },
    open: options.open,
    metricsToken: options.metricsToken,
    proxyTrust: 1,
    corsOrigins: options.corsOrigins,
    webhookPolicy: { allowLocal: true },
    pages: options.pages,
    accept: { batchMs, batchMax, maxWaiting },
    account: stripe && { stripe, ...STRIPE, apiUrl: stripeUrl },
  };
  const api = await startApi({ ...apiOptions, redis: requests, subscriber });
  const others: Array<() => Promise<void>> = [];
  fetchApi = api.app.fetch;
  const workers: ReturnType<typeof startWorkers>[] = [];
  const stopWorker = async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  };
  return {
    url,
    redisUrl: engine.url,
    databaseUrl,
    redis,
    db,
    owner,
    shards,
    fetch: api.app.fetch,
    routes: api.app.routes,
    async until(condition) {
      const moves = connectRedis(engine.url, 'subscriber', silent);
      try {
        await moves.subscribe(PROGRESS_CHANNEL);
        for (;;) {
          const moved = new Promise((resolve) => moves.once('message', resolve));
          if (await condition()) return;
          await moved;
        }
      } finally {
        moves.disconnect();
      }
    },
    async startAnotherApi(settings) {
      const other = await serveApi(apiRedisUrl, { ...apiOptions, ...settings });
      others.push(other.stop);
      return other.url;
    },
    startWorker(settings = {}) {
      const { log: workerLog = silent, withoutStripe = false, messages, format } = settings;
      const its = settings.db ?? db;
      const isOurs = its === db && format === undefined;
      const known = format === undefined ? {} : { format };
      const worker = startWorkers({
        redis,
        db: its,
        log: workerLog,
        shards: isOurs ? shards : new Shards({ redis, db: its, log: silent, ...known }),
        lookahead: 16,
        publicLog: { signer: new LogSigner(LOG_KEY), witnesses: settings.witnesses ?? [] },
        retention: { webhookDays: 30, cartDays: 30, contactDays: 365, saltDays: 730 },
        nowMs: settings.nowMs ?? Date.now,
        messages,
        payments:
          stripe === undefined || withoutStripe
            ? undefined
            : { stripe, graceMs: options.graceMs ?? 0 },
        heartbeat: () =>
          beat(redis, { host: 'test', pid: process.pid, atMs: Date.now(), metrics: [] }),
      });
      workers.push(worker);
    },
    stopWorker,
    async stop() {
      await stopWorker();
      for (const end of others) await end();
      const closed = new Promise((resolve) => server.close(resolve));
      await api.stop();
      server.closeAllConnections();
      await closed;
      for (const connection of [redis, requests, subscriber]) connection.disconnect();
      await Promise.all([db.destroy(), owner.destroy()]);
      await engine.stop();
    },
  };
}

/** An API with its own connections. */
async function serveApi(redisUrl: string, options: Omit<ApiOptions, 'redis' | 'subscriber'>) {
  const redis = connectRedis(redisUrl, 'request', silent);
  const subscriber = connectRedis(redisUrl, 'subscriber', silent);
  await new Promise((resolve) => redis.once('ready', resolve));
  const api = await startApi({ ...options, redis, subscriber, metrics: apiMetrics() });
  const server = await listen((request, env) => api.app.fetch(request, env), options.publicUrl);
  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    await api.stop();
    server.closeAllConnections();
    await closed;
    redis.disconnect();
    subscriber.disconnect();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

type Fetch = Parameters<typeof createApiServer>[0];

async function listen(fetch: Fetch, publicUrl?: string): Promise<Server> {
  const headers = transportHeaders(publicUrl);
  const server = createApiServer(fetch, silent, { headers }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
