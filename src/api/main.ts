import type { Server } from 'node:http';
import { join } from 'node:path';
import { connectDb } from '../db/client.ts';
import { connectStripe } from '../payments/stripe.ts';
import { readConfig } from '../process/config.ts';
import { createLogger } from '../process/logger.ts';
import { apiMetrics } from '../process/metrics.ts';
import { onShutdown } from '../process/shutdown.ts';
import { startTracing } from '../process/tracing/start.ts';
import { connectRedis } from '../redis/client.ts';
import { createApiServer } from './http/server.ts';
import { startApi } from './start.ts';

/** Whoever has not taken the rest of an answer by then does not get it when the process ends. */
const SLOW_READER_MS = 3_000;

const config = readConfig('api');
const log = createLogger({ level: config.LOG_LEVEL, part: 'api' });
const tracing = await startTracing({
  endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
  share: config.OTEL_TRACES_SAMPLER_ARG,
  service: 'fairline-api',
  log,
});
const redis = connectRedis(config.REDIS_URL, 'request', log);
const subscriber = connectRedis(config.REDIS_URL, 'subscriber', log);
const db = connectDb(config.DATABASE_URL, log);

const {
  STRIPE_SECRET_KEY: secretKey,
  STRIPE_PUBLISHABLE_KEY: publishableKey,
  STRIPE_WEBHOOK_SECRET: webhookSecret,
} = config;
const account =
  secretKey && publishableKey && webhookSecret
    ? {
        stripe: connectStripe(secretKey, { apiUrl: config.STRIPE_API_URL, retries: 1 }),
        publishableKey,
        webhookSecret,
        apiUrl: config.STRIPE_API_URL,
      }
    : undefined;
if (account === undefined) log.warn('no Stripe keys: orders cannot be paid');

const { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword } = config;

const api = await startApi({
  redis,
  subscriber,
  db,
  log,
  metrics: apiMetrics(),
  account,
  tracing,
  secret: config.AUTH_JWT_SECRET,
  shardCount: config.LINE_SHARDS,
  waitlistMax: config.LINE_WAITLIST_MAX,
  auth: {
    allowGuests: config.ALLOW_GUESTS,
    external: readExternal(),
    admin: adminEmail && adminPassword ? { email: adminEmail, password: adminPassword } : undefined,
  },
  protection: readProtection(),
  trustedProxies: config.TRUST_PROXY,
  corsOrigins: config.CORS_ORIGINS,
  webhookPolicy: { allowLocal: config.WEBHOOK_ALLOW_LOCAL },
  pages: join(import.meta.dirname, '../../dist/web'),
  accept: {
    batchMs: config.LINE_BATCH_MS,
    batchMax: config.LINE_BATCH_MAX,
    maxWaiting: config.LINE_MAX_WAITING,
  },
});
const server = createApiServer(api.app.fetch, log);
server.listen(config.PORT, () => log.info({ port: portOf(server) }, 'api listens'));

onShutdown(log, async () => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await api.stop(); // answers the long polls, ends the streams
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), SLOW_READER_MS).unref();
  await closed;
  redis.disconnect();
  subscriber.disconnect();
  await db.destroy();
  await tracing?.stop();
});

/** Where a server listens: the system may have chosen. */
function portOf(listening: Server): number | undefined {
  const address = listening.address();
  return typeof address === 'object' ? address?.port : undefined;
}

/** The limits as they are set up, unless they are switched off. */
function readProtection() {
  if (!config.RATE_LIMIT_ENABLED) return undefined;
  return {
    attempts: {
      perIp: config.RATE_LIMIT_AUTH_PER_IP,
      perAccount: config.RATE_LIMIT_LOGIN_PER_ACCOUNT,
    },
    requests: {
      tickets: {
        perBuyer: config.RATE_LIMIT_TICKETS_PER_BUYER,
        perIp: config.RATE_LIMIT_TICKETS_PER_IP,
        perSale: config.RATE_LIMIT_TICKETS_PER_SALE,
      },
      polls: {
        perBuyer: config.RATE_LIMIT_POLLS_PER_BUYER,
        perIp: config.RATE_LIMIT_POLLS_PER_IP,
      },
      payments: { perBuyer: config.RATE_LIMIT_PAYMENTS_PER_BUYER },
    },
  };
}

/** The identity provider as it is set up, if there is one. */
function readExternal() {
  const { AUTH_JWKS_URL: jwksUrl, AUTH_JWKS_ISSUER: issuer } = config;
  if (jwksUrl === undefined) return undefined;
  const { AUTH_JWKS_AUDIENCE: audience, AUTH_JWKS_ADMIN_CLAIM: adminClaim } = config;
  return { jwksUrl, issuer, audience, adminClaim };
}
