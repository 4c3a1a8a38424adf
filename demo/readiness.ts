import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

/** `/readyz` reports the number of live workers, and does not fail when there are none. */
const bodySchema = z.object({ workers: z.number() });

export interface ReadinessOptions {
  /** Where the API listens. */
  url: string;
  timeoutMs: number;
  /** Cancels the wait; it then throws the signal's reason. */
  signal: AbortSignal;
}

/**
 * Waits until the API is ready and at least one worker lives.
 *
 * @throws Error with the last answer after `timeoutMs`
 */
export async function waitUntilReady({ url, timeoutMs, signal }: ReadinessOptions): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask(url);
    signal.throwIfAborted();
    if (answer.ready) return;
    if (performance.now() > deadline) {
      throw new Error(`The API was not ready after ${timeoutMs / 1000} s: ${answer.response}`);
    }
    // The API is just starting: there is nothing to subscribe to yet.
    await delay(50, undefined, { signal });
  }
}

async function ask(url: string): Promise<{ ready: boolean; response: string }> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const text = await response.text();
    const body = bodySchema.safeParse(parse(text));
    const hasWorker = !body.success || body.data.workers > 0;
    return { ready: response.ok && hasWorker, response: `${response.status} ${text}` };
  } catch (error) {
    return { ready: false, response: error instanceof Error ? error.message : String(error) };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
