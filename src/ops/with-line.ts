import { type Logger, pino } from 'pino';
import type Stripe from 'stripe';
import { connectDb, type Db } from '../db/client.ts';
import { probeRole } from '../db/probe.ts';
import { Shards } from '../line/shards.ts';
import { connectStripe } from '../payments/stripe.ts';
import { readConfig } from '../process/config.ts';
import { checkEngine } from '../process/engine-check.ts';
import { createLogger } from '../process/logger.ts';
import { connectRedis, type RedisClient } from '../redis/client.ts';
import { probeConnection } from '../redis/probe.ts';

/** The connections of an operator's command. */
export interface OpenLine {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly shards: Shards;
  /** Undefined where payments are not set up. */
  readonly stripe: Stripe | undefined;
  readonly log: Logger;
}

/** How a command differs from others. */
interface CommandForm {
  /** The exit code when the work cannot be done. */
  readonly failure?: number;
  /** What it prints is its answer: the log goes to standard error. */
  readonly isAnswering?: boolean;
}

/**
 * For commands: connects as configured in the environment, does the work, and closes the
 * connections.
 */
export async function withLine(
  part: string,
  work: (line: OpenLine) => Promise<void>,
  { failure = 1, isAnswering = false }: CommandForm = {},
) {
  const config = readConfig('ops', failure);
  const destination = isAnswering ? pino.destination({ dest: 2, sync: true }) : undefined;
  const log = createLogger({ level: config.LOG_LEVEL, part }, destination);
  const redis = connectRedis(config.REDIS_URL, 'worker', log);
  const db = connectDb(config.DATABASE_URL, log, 2);
  await checkEngine('REDIS_URL', () => probeConnection(redis), true, failure);
  await checkEngine('DATABASE_URL', () => probeRole(db, log), true, failure);
  const { STRIPE_SECRET_KEY: key, STRIPE_API_URL: apiUrl } = config;
  const stripe = key === undefined ? undefined : connectStripe(key, { apiUrl, retries: 2 });
  try {
    await work({ redis, db, log, stripe, shards: new Shards({ redis, db, log }) });
  } catch (error) {
    log.error({ err: error }, 'failed');
    process.exitCode = failure;
  } finally {
    redis.disconnect();
    await db.destroy();
  }
}
