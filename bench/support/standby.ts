import { randomUUID } from 'node:crypto';
import type { RedisClient } from '../../src/redis/client.ts';
import { type Child, engineUrls, startChild } from './child.ts';
import type { Engines } from './engines.ts';

/** A worker process with a Redis user of its own, so that its connections can be identified. */
export interface NamedWorker {
  readonly user: string;
  readonly child: Child;
}

/** Starts a worker process with a Redis user of its own, with full rights. */
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

/** BullMQ names a blocked connection by prefix and queue, which it encodes. */
const LINE = `:${Buffer.from('line').toString('base64')}`;

/**
 * The users whose workers are on standby: they wait for a job of the line on a blocked connection.
 * The worker that is processing a job does not wait.
 */
export async function usersStandingBy(redis: RedisClient): Promise<Set<string>> {
  const clients = String(await redis.client('LIST'));
  const ofLine = clients
    .split('\n')
    .filter((client) => /\bname=(\S*)/.exec(client)?.[1]?.endsWith(LINE));
  const waiting = ofLine.filter((client) => /\bflags=\w*b/.test(client));
  return new Set(waiting.flatMap((client) => /\buser=(\S+)/.exec(client)?.[1] ?? []));
}
