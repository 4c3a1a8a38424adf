import { randomBytes } from 'node:crypto';
import { findFreePort } from '../../demo/free-port.ts';
import { waitUntilReady } from '../../demo/readiness.ts';
import { type Child, engineUrls, startChild } from './child.ts';
import type { BenchContext } from './context.ts';
import type { Engines } from './engines.ts';

/** The parts of the system under load, as processes of their own. */
export interface BenchSystem {
  /** AUTH_JWT_SECRET of every API process. */
  readonly secret: string;
  /** Rejects when a process ends that should not. */
  readonly failed: Promise<never>;
  /** Starts an API process and waits until it is ready, which needs a worker unless it is live. */
  startApi(env?: Readonly<Record<string, string>>): Promise<{ url: string; pid: number }>;
  startWorker(env?: Readonly<Record<string, string>>): Child;
}

/** Limits off: neither counted nor enforced. */
const LIMITS_OFF = { RATE_LIMIT_ENABLED: 'false' };

/** Limits on, so wide that the load of one machine does not meet them: they are counted. */
export const LIMITS_ON = {
  RATE_LIMIT_ENABLED: 'true',
  RATE_LIMIT_TICKETS_PER_BUYER: '1000000',
  RATE_LIMIT_POLLS_PER_BUYER: '1000000',
};

/** The programs of the parts, as a developer starts them, or as a container does. */
interface Programs {
  readonly api: string;
  readonly worker: string;
}
const SOURCE: Programs = { api: 'src/api/main.ts', worker: 'src/workers/main.ts' };
export const BUILT: Programs = { api: 'dist/server/api.js', worker: 'dist/server/worker.js' };

/** Prepares to start parts on the engines; they are stopped by `cleanup`. */
export function openSystem(
  { signal }: BenchContext,
  cleanup: AsyncDisposableStack,
  engines: Engines,
  programs: Programs = SOURCE,
): BenchSystem {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined); // whoever waits for it reports it
  const secret = randomBytes(32).toString('hex');
  return {
    secret,
    failed,
    async startApi(env = {}) {
      const port = env['PORT'] ?? String(await findFreePort());
      const url = `http://127.0.0.1:${port}`;
      const place = { HOST: '127.0.0.1', PORT: port };
      const own = { ...place, AUTH_JWT_SECRET: secret, LINE_SHARDS: '1' };
      const all = { ...engineUrls(engines), ...own, ...LIMITS_OFF, ...env };
      const { pid } = startChild(cleanup, programs.api, all, reject);
      await Promise.race([waitUntilLive(url, signal), failed]);
      return { url, pid };
    },
    startWorker(env = {}) {
      return startChild(cleanup, programs.worker, { ...engineUrls(engines), ...env }, reject);
    },
  };
}

/** Waits until the system takes purchases: until a worker is there, too. */
export async function waitForLine({ signal }: BenchContext, url: string): Promise<void> {
  await waitUntilReady({ url, timeoutMs: 60_000, signal });
}

async function waitUntilLive(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await fetch(`${url}/healthz`, { signal }).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
