import type { Server } from 'node:http';
import { join } from 'node:path';
import { connectDb } from '../db/client.ts';
import { probeRole } from '../db/probe.ts';
import { connectStripe } from '../payments/stripe.ts';
import type { AuthSecrets } from '../process/auth-secrets.ts';
import { readConfig } from '../process/config.ts';
import { checkEngine } from '../process/engine-check.ts';
import { listenOrExit } from '../process/listen.ts';
import { createLogger } from '../process/logger.ts';
import { apiMetrics } from '../process/metrics.ts';
import { clientsMax } from '../process/open-files.ts';
import { onShutdown } from '../process/shutdown.ts';
import { startTracing } from '../process/tracing/start.ts';
import { LogSigner } from '../public-log/signer.ts';
import { connectRedis } from '../redis/client.ts';
import { probeConnection } from '../redis/probe.ts';
import { transportHeaders } from './http/public-url.ts';
import { createApiServer } from './http/server.ts';
import { startApi } from './start.ts';

/** How long shutdown waits for slow readers to receive the rest of a response. */
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
await checkEngine('REDIS_URL', () => probeConnection(redis), false);
await checkEngine('DATABASE_URL', () => probeRole(db, log), true);

if (config.PUBLIC_URL === undefined) {
  log.warn('no PUBLIC_URL: browsers are not told to use TLS, and cookies are not Secure');
}
if (config.stripe === undefined) log.warn('no Stripe keys: orders cannot be paid');

const { LOG_SIGNING_KEY: logKey } = config;
if (logKey === undefined) log.warn('no LOG_SIGNING_KEY: the public logs are not published');
const api = await startApi({
  redis,
  subscriber,
  db,
  log,
  metrics: apiMetrics(),
  tracing,
  secrets: secretsOf(config),
  signer: logKey ? new LogSigner(logKey) : undefined,
  newSales: config.newSales,
  accept: config.accept,
  limits: config.limits,
  open: config.open,
  metricsToken: config.METRICS_TOKEN,
  allowGuests: config.ALLOW_GUESTS,
  identityProvider: config.identityProvider,
  admin: config.admin,
  proxyTrust: config.TRUST_PROXY,
  publicUrl: config.PUBLIC_URL,
  corsOrigins: config.CORS_ORIGINS,
  webhookPolicy: { allowLocal: config.WEBHOOK_ALLOW_LOCAL },
  account: config.stripe && connectAccount(config.stripe),
  pages: join(import.meta.dirname, '../../dist/web'),
});
const maxConnections = clientsMax(config.MAX_CONNECTIONS);
const headers = transportHeaders(config.PUBLIC_URL);
const server = createApiServer(api.app.fetch, log, { maxConnections, headers });
await listenOrExit(server, { port: config.PORT, host: config.HOST });
log.info({ ...placeOf(server), maxConnections }, 'api listens');

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

/** Where a server listens: the system may have chosen the port. */
function placeOf(listening: Server): { host?: string; port?: number } {
  const place = listening.address();
  return typeof place === 'object' && place !== null
    ? { host: place.address, port: place.port }
    : {};
}

/** The secret, and the one that it replaces or is replaced by. */
function secretsOf(settings: typeof config): AuthSecrets {
  const { AUTH_JWT_SECRET: current, AUTH_JWT_SECRET_PREVIOUS: previous } = settings;
  return previous === undefined ? [current] : [current, previous];
}

/** The Stripe account; its secret key stays inside the client that is created with it. */
function connectAccount({ secretKey, ...account }: NonNullable<typeof config.stripe>) {
  const stripe = connectStripe(secretKey, { apiUrl: account.apiUrl, retries: 1 });
  return { ...account, stripe };
}
