import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './api.ts';
import type { Scene } from './scene.ts';

/** How long a buyer retries the same call. */
const PERSISTS_MS = 60_000;

/**
 * Calls, and retries like a patient browser, while the API asks to wait: 429, 503. For idempotent
 * calls.
 */
export async function persist<T>(
  scene: Scene,
  method: string,
  path: string,
  token?: string,
): Promise<Answer<T>> {
  const givesUpAt = performance.now() + PERSISTS_MS;
  for (;;) {
    const answer = await scene.api.call<T>(method, path, token === undefined ? {} : { token });
    noteBusy(scene, answer);
    const comesAgain = answer.status === 429 || answer.status === 503;
    if (!comesAgain || performance.now() + answer.retryAfterMs > givesUpAt) return answer;
    await sleep(answer.retryAfterMs, undefined, { signal: scene.api.signal });
  }
}

/** Counts an answer that asks to retry. */
export function noteBusy({ tally }: Scene, { status }: Answer<unknown>): void {
  if (status === 429) tally.add('refused');
  if (status === 503) tally.add('away');
}
