import { findFreePort } from '../../demo/free-port.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import type { Target } from '../load/cpu-of-run.ts';
import { loadTextbookSale } from '../textbook/ticket.ts';
import { engineUrls, startChild } from './child.ts';
import type { Engines } from './engines.ts';
import type { BenchSale } from './sale.ts';
import type { BenchSystem } from './system.ts';

/** Starts the bare echo. */
export function startEcho(
  cleanup: AsyncDisposableStack,
  { failed }: BenchSystem,
): Promise<Target<'api'>> {
  return startServer(cleanup, 'bench/floor/echo.ts', {}, failed);
}

/** Starts the synchronous endpoint, with the sale that it sells. */
export async function startExpress(
  cleanup: AsyncDisposableStack,
  { secret, failed }: BenchSystem,
  shop: { engines: Engines; sale: BenchSale; redis: RedisClient },
): Promise<Target<'api'>> {
  await loadTextbookSale(shop.redis, shop.sale);
  const env = { ...engineUrls(shop.engines), AUTH_JWT_SECRET: secret };
  return startServer(cleanup, 'bench/floor/express.ts', env, failed);
}

async function startServer(
  cleanup: AsyncDisposableStack,
  script: string,
  env: Readonly<Record<string, string>>,
  failed: Promise<never>,
): Promise<Target<'api'>> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const died = Promise.withResolvers<never>();
  const { pid } = startChild(cleanup, script, { ...env, PORT: String(port) }, died.reject);
  await Promise.race([waitUntilListening(url), failed, died.promise]);
  died.promise.catch(() => undefined); // its requests fail then, and say so
  return { url, pids: { api: pid } };
}

async function waitUntilListening(url: string): Promise<void> {
  for (;;) {
    if ((await fetch(url).catch(() => undefined)) !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
