import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

/**
 * Errors of a server that temporarily refuses our commands: a replica, one that loads its data, one
 * that has lost its primary, a node of a cluster that is down.
 */
const REFUSES = /^(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN)\b/;

/**
 * For ioredis' `reconnectOnError`: after a fail-over the name in REDIS_URL leads to another server,
 * and only a new connection gets there.
 *
 * @param isPatient sends the command again on the new connection; safe, since these errors come
 *   before the server has done anything. A command of a MULTI is then sent alone, and its EXEC
 *   fails: on such a connection, a MULTI only holds what may be written in part
 */
export function reconnectWhenRefused(isPatient: boolean): (error: Error) => false | 1 | 2 {
  return (error) => {
    if (!REFUSES.test(error.message)) return false;
    return isPatient ? 2 : 1;
  };
}

/** A connection that only reads gets no READONLY error: its server's role is checked this often. */
const ROLE_CHECK_MS = 1_000;

/**
 * Keeps a connection on the primary. A connection made before a fail-over stays on its server when
 * that becomes a replica: its reads become stale, and its subscriptions silent.
 */
export function stayAtPrimary(redis: Redis, log: Logger): void {
  const check = async () => {
    if (redis.status !== 'ready') return;
    try {
      const [role] = (await redis.role()) as [string, ...unknown[]];
      if (role === 'master' || redis.status !== 'ready') return;
      log.warn({ role }, 'redis connection leads to a replica: reconnecting');
      redis.disconnect(true);
    } catch (error) {
      // ROLE is not permitted, or the connection has just broken: writes detect the rest.
      log.debug({ err: error }, 'role of the redis server unknown');
    }
  };
  const timer = setInterval(() => void check(), ROLE_CHECK_MS).unref();
  redis.on('ready', () => void check());
  redis.on('end', () => clearInterval(timer));
}
