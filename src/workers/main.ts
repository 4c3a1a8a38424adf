import { hostname } from 'node:os';
import { connectDb } from '../db/client.ts';
import { probeRole } from '../db/probe.ts';
import { Shards } from '../line/shards.ts';
import { Mailer } from '../messages/mailer.ts';
import { connectStripe } from '../payments/stripe.ts';
import { readConfig } from '../process/config.ts';
import { checkEngine } from '../process/engine-check.ts';
import { createLogger } from '../process/logger.ts';
import { workerMetrics } from '../process/metrics.ts';
import { onShutdown } from '../process/shutdown.ts';
import { startTracing } from '../process/tracing/start.ts';
import { LogSigner } from '../public-log/signer.ts';
import { connectRedis } from '../redis/client.ts';
import { beat, farewell } from '../redis/heartbeat.ts';
import { probeConnection } from '../redis/probe.ts';
import { MESSAGE_CONNECTIONS } from './messages.ts';
import { startWorkers } from './start.ts';

const config = readConfig('worker');
const log = createLogger({ level: config.LOG_LEVEL, part: 'worker' });
const metrics = workerMetrics();
const tracing = await startTracing({
  endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
  share: config.OTEL_TRACES_SAMPLER_ARG,
  service: 'fairline-worker',
  log,
});
const redis = connectRedis(config.REDIS_URL, 'worker', log);
const db = connectDb(config.DATABASE_URL, log);
await checkEngine('REDIS_URL', () => probeConnection(redis), false);
await checkEngine('DATABASE_URL', () => probeRole(db, log), false);
const messageDb = connectDb(config.DATABASE_URL, log, MESSAGE_CONNECTIONS);
const shards = new Shards({
  redis,
  db,
  log,
  observe: ({ entries, seconds }) => {
    metrics.recordEntries.observe(entries);
    metrics.recordSeconds.observe(seconds);
  },
});

const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_URL: apiUrl } = config;
if (secretKey === undefined) log.warn('no Stripe key: payments are not processed');
const { SMTP_URL: smtpUrl, SMTP_FROM: smtpFrom, PUBLIC_URL: publicUrl } = config;
if (smtpUrl === undefined) log.warn('no SMTP_URL: no mails are sent');
const { LOG_SIGNING_KEY: logKey } = config;
if (logKey === undefined) log.warn('no LOG_SIGNING_KEY: the public logs are not published');
const workers = startWorkers({
  redis,
  db,
  log,
  shards,
  lookahead: config.LINE_LOOKAHEAD,
  payments: secretKey
    ? {
        stripe: connectStripe(secretKey, { apiUrl, retries: 0 }),
        graceMs: config.STRIPE_GRACE_SECONDS * 1000,
      }
    : undefined,
  messages: {
    db: messageDb,
    mails:
      smtpUrl && smtpFrom && publicUrl
        ? {
            mailer: new Mailer({ url: smtpUrl, from: smtpFrom }),
            publicUrl,
            perAddress: config.RATE_LIMIT_ENABLED ? config.RATE_LIMIT_MAILS_PER_ADDRESS : 0,
          }
        : undefined,
    webhooks: { allowLocal: config.WEBHOOK_ALLOW_LOCAL },
  },
  publicLog: logKey
    ? { signer: new LogSigner(logKey), witnesses: config.LOG_WITNESSES }
    : undefined,
  retention: {
    webhookDays: config.RETENTION_WEBHOOK_DAYS,
    cartDays: config.RETENTION_CART_DAYS,
    contactDays: config.RETENTION_CONTACT_DAYS,
    saltDays: config.RETENTION_SALT_DAYS,
  },
  nowMs: Date.now,
  telemetry: tracing?.telemetry,
  observe: ({ batches, seconds }) => {
    metrics.groupBatches.observe(batches);
    metrics.decideSeconds.observe(seconds);
  },
  observeLeft: (shard) => metrics.left.set({ shard }, 1),
  observeDrift: (drift) => {
    for (const { part } of drift) metrics.drift.inc({ part });
  },
  heartbeat: async () =>
    beat(redis, {
      host: hostname(),
      pid: process.pid,
      atMs: Date.now(),
      metrics: await metrics.registry.getMetricsAsJSON(),
    }),
});
log.info('worker started');

onShutdown(log, async () => {
  await workers.stop();
  await farewell(redis, hostname(), process.pid);
  redis.disconnect();
  await Promise.all([db.destroy(), messageDb.destroy()]);
  await tracing?.stop();
});
