import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import { backoffMs } from '../process/backoff.ts';
import { parseRedisUrl, type RedisAddress } from '../process/redis-address.ts';
import { reconnectWhenRefused, stayAtPrimary } from './primary.ts';

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
 * Connects to Redis. It reconnects by itself for ever, also where the server has become a replica;
 * errors of the connection are logged.
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
  redis.on('error', (error: Error) => log.warn({ err: error, purpose }, 'redis connection'));
  redis.on('node error', (error: Error, node: string) =>
    log.warn({ err: error, purpose, node }, 'redis connection to a node'),
  );
  if (redis instanceof Redis) stayAtPrimary(redis, log);
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

/** Calls back whenever a connection to a server or to a node of a cluster has been made, also again. */
export function onConnected(redis: RedisClient, listener: () => void): void {
  redis.on('ready', listener);
  if (redis instanceof Cluster) redis.on('+node', (node: Redis) => node.on('ready', listener));
}
