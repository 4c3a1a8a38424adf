import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';

/**
 * What the connection is for. `request` serves somebody who waits: it fails at once while Redis is away.
 * `worker` waits for Redis as long as it takes, as BullMQ's workers need it. `subscriber` does too.
 */
export type Purpose = 'request' | 'worker' | 'subscriber';

const OPTIONS: Record<Purpose, RedisOptions> = {
  request: { maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout: 5_000 },
  worker: { maxRetriesPerRequest: null },
  subscriber: { maxRetriesPerRequest: null, autoResubscribe: true },
};

/** Milliseconds to wait before connecting again: 100, 200, … 1,000. */
const retryStrategy = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000);

/** Connects to Redis at `url`. It reconnects by itself for ever; errors of the connection are logged. */
export function connectRedis(url: string, purpose: Purpose, log: Logger): Redis {
  const redis = new Redis(url, { ...OPTIONS[purpose], retryStrategy, replyMapping: 'legacy' });
  redis.on('error', (error: Error) => log.warn({ err: error, purpose }, 'redis connection'));
  return redis;
}
