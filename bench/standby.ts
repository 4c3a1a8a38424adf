import { randomUUID } from 'node:crypto';
import type { RedisClient } from '../src/redis/client.ts';
import { type Child, engineUrls, startChild } from './child.ts';
import type { Engines } from './engines.ts';

/** A worker process that goes by a Redis user of its own, so that its connections can be told. */
export interface NamedWorker {
  readonly user: string;
  readonly child: Child;
}

/** Starts a worker process under a Redis user of its own, who may do everything. */
export async function startNamedWorker(
  cleanup: AsyncDisposableStack,
  redis: RedisClient,
  engines: Engines,
  onDeath: (error: Error) => void,
): Promise<NamedWorker> {
  const user = `worker-${randomUUID()}`;
  await redis.call('ACL', 'SETUSER', user, 'on', 'nopass', '~*', '&*', '+@all');
  const url = new URL(engines.redis.url);
  url.username = user;
  url.password = 'any';
  const env = { ...engineUrls(engines), REDIS_URL: url.href };
  return { user, child: startChild(cleanup, 'src/workers/main.ts', env, onDeath) };
}

/**
 * The users whose workers stand by: they wait for a job on a blocked connection. The one who has
 * the job in hand does not wait.
 */
export async function usersStandingBy(redis: RedisClient): Promise<Set<string>> {
  const clients = String(await redis.client('LIST'));
  const waiting = clients.split('\n').filter((line) => /\bflags=\w*b/.test(line));
  return new Set(waiting.flatMap((line) => /\buser=(\S+)/.exec(line)?.[1] ?? []));
}
