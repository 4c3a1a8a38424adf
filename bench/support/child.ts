import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Engines } from './engines.ts';

/** A script as a child process. */
export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** The environment through which a child finds its engines. */
export function engineUrls({ redis, postgres }: Engines): Record<string, string> {
  return { REDIS_URL: redis.url, DATABASE_URL: postgres.url };
}

/**
 * Starts a script as in production. It is stopped by `cleanup`, or when this process ends.
 *
 * @param script its path, from the project's folder
 * @param onDeath gets the error when it ends unexpectedly
 */
export function startChild(
  cleanup: AsyncDisposableStack,
  script: string,
  env: Readonly<Record<string, string>>,
  onDeath: (error: Error) => void,
): Child {
  const child = spawn(process.execPath, [script], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    env: {
      ...process.env,
      NODE_ENV: 'production',
      LOG_LEVEL: 'fatal',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let isStopped = false;
  const ended = once(child, 'exit');
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  ended.then(([code, signal]) => {
    process.off('exit', endWithUs);
    if (!isStopped) onDeath(new Error(`${script} has ended: ${signal ?? `exit code ${code}`}`));
  }, onDeath);
  const end = async (signal: NodeJS.Signals) => {
    isStopped = true;
    child.kill(signal);
    await ended;
  };
  cleanup.defer(() => end('SIGTERM'));
  return { pid: child.pid ?? 0, process: child, end };
}
