import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import { backoffMs } from '../process/backoff.ts';

/** A connection to one Redis server, or to a cluster: whoever has one need not know which. */
export type RedisClient = Redis | Cluster;

/**
 * What the connection is for. `request` serves somebody who waits: it fails at once while Redis is away.
 * `worker` waits for Redis as long as it takes, as BullMQ's workers need it. `subscriber` does too.
 */
export type Purpose = 'request' | 'worker' | 'subscriber';

type Options = Pick<RedisOptions, 'maxRetriesPerRequest' | 'commandTimeout' | 'autoResubscribe'>;

const OPTIONS: Record<Purpose, Options> = {
  request: { maxRetriesPerRequest: 1, commandTimeout: 5_000 },
  worker: { maxRetriesPerRequest: null },
  subscriber: { maxRetriesPerRequest: null, autoResubscribe: true },
};

/**
 * Connects to Redis. It reconnects by itself for ever; errors of the connection are logged.
 *
 * @param urls the URL of a server, or the URLs of some nodes of a cluster, separated by commas; user, password and
 *   TLS of a cluster are those of the first
 */
export function connectRedis(urls: string, purpose: Purpose, log: Logger): RedisClient {
  const nodes = urls.split(',').map((url) => new URL(url.trim()));
  const redis = nodes.length === 1 ? connectServer(urls, purpose) : connectCluster(nodes, purpose);
  redis.on('error', (error: Error) => log.warn({ err: error, purpose }, 'redis connection'));
  redis.on('node error', (error: Error, node: string) =>
    log.warn({ err: error, purpose, node }, 'redis connection to a node'),
  );
  return redis;
}

function connectServer(url: string, purpose: Purpose): Redis {
  const enableOfflineQueue = purpose !== 'request';
  const options = { ...OPTIONS[purpose], enableOfflineQueue, retryStrategy: backoffMs };
  return new Redis(url, { ...options, replyMapping: 'legacy' });
}

function connectCluster(nodes: readonly URL[], purpose: Purpose): Cluster {
  const { username, password, protocol } = nodes[0] ?? {};
  return new Cluster(
    nodes.map(({ hostname, port }) => ({ host: hostname, port: Number(port || 6379) })),
    {
      enableOfflineQueue: purpose !== 'request',
      clusterRetryStrategy: backoffMs,
      clusterNodeRetryStrategy: backoffMs,
      redisOptions: {
        ...OPTIONS[purpose],
        ...(username ? { username: decodeURIComponent(username) } : {}),
        ...(password ? { password: decodeURIComponent(password) } : {}),
        ...(protocol === 'rediss:' ? { tls: {} } : {}),
        replyMapping: 'legacy',
      },
    },
  );
}

/** Calls back whenever a connection to a server or to a node of a cluster has been made, also again. */
export function onConnected(redis: RedisClient, listener: () => void): void {
  redis.on('ready', listener);
  if (redis instanceof Cluster) redis.on('+node', (node: Redis) => node.on('ready', listener));
}
