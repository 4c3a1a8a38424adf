import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import { backoffMs } from '../process/backoff.ts';
import { parseRedisUrl, type RedisAddress } from '../process/redis-address.ts';
import { reconnectWhenRefused, stayAtPrimary } from './primary.ts';

/** A connection to one Redis server, or to a cluster: the caller need not know which. */
export type RedisClient = Redis | Cluster;

/**
 * The purpose of the connection. `request` serves a waiting caller: it fails at once while Redis is
 * unavailable. `worker` waits for Redis indefinitely, as BullMQ's workers need it. `subscriber`
 * does too.
 */
export type Purpose = 'request' | 'worker' | 'subscriber';

type Options = Pick<RedisOptions, 'maxRetriesPerRequest' | 'commandTimeout' | 'autoResubscribe'>;

const OPTIONS: Record<Purpose, Options> = {
  request: { maxRetriesPerRequest: 1, commandTimeout: 5_000 },
  worker: { maxRetriesPerRequest: null },
  subscriber: { maxRetriesPerRequest: null, autoResubscribe: true },
};

/**
 * Connects to Redis. It reconnects indefinitely, also when the server has become a replica; errors
 * of the connection are logged.
 *
 * @param url REDIS_URL, see {@link parseRedisUrl}
 * @throws Error when it is not one
 */
export function connectRedis(url: string, purpose: Purpose, log: Logger): RedisClient {
  const address = parseRedisUrl(url);
  if (address === undefined) throw new Error('REDIS_URL has none of the forms in docs/settings.md');
  const redis =
    address.kind === 'cluster'
      ? connectCluster(address.nodes, purpose)
      : connectServer(address, purpose);
  redis.on('error', (error: Error) => log.warn({ err: error, purpose }, 'redis connection error'));
  redis.on('node error', (error: Error, node: string) =>
    log.warn({ err: error, purpose, node }, 'redis connection error of a node'),
  );
  // Workers write all the time: a replica refuses that.
  if (redis instanceof Redis && purpose !== 'worker') stayAtPrimary(redis, log);
  return redis;
}

type SingleServer = Exclude<RedisAddress, { kind: 'cluster' }>;

function connectServer(address: SingleServer, purpose: Purpose): Redis {
  const options = {
    ...OPTIONS[purpose],
    enableOfflineQueue: purpose !== 'request',
    retryStrategy: backoffMs,
    reconnectOnError: reconnectWhenRefused(purpose !== 'request'),
    replyMapping: 'legacy' as const,
  };
  if (address.kind === 'server') return new Redis(address.url, options);
  const { kind, isTls, ...sentinel } = address;
  return new Redis({
    ...options,
    ...sentinel,
    sentinels: [...sentinel.sentinels],
    sentinelRetryStrategy: backoffMs,
    failoverDetector: true,
    ...(isTls ? { tls: {}, enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
  });
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

/** Calls back on every connect and reconnect to a server or a node of a cluster. */
export function onConnected(redis: RedisClient, listener: () => void): void {
  redis.on('ready', listener);
  if (redis instanceof Cluster) redis.on('+node', (node: Redis) => node.on('ready', listener));
}
