import { setTimeout as sleep } from 'node:timers/promises';
import type { PlaceView } from '../../src/api/schemas/ticket.ts';
import { follow } from './buyer.ts';
import { noteBusy } from './calls.ts';
import { chooseProduct, type Scene } from './scene.ts';

const PAUSE_MS = 20;

/**
 * Bots that request tickets without pause, all for the same buyer. What that buyer gets is paid:
 * one claim, however many requests.
 *
 * @param untilMs by `performance.now()`
 */
export async function hammer(scene: Scene, bots: number, untilMs: number): Promise<void> {
  const { api, sale } = scene;
  const token = await scene.tokenOf('crowd-bot');
  let followed: Promise<void> | undefined;
  const run = async () => {
    while (performance.now() < untilMs) {
      const items = [{ productId: chooseProduct(sale, Math.random()), quantity: 1 }];
      const path = `/api/sales/${sale.id}/tickets`;
      const answer = await api.call<PlaceView>('POST', path, { token, body: { items } });
      noteBusy(scene, answer);
      if (answer.status === 202) {
        followed ??= follow(scene, { token, ticketId: answer.body.ticketId, intent: 'pay' });
      }
      await sleep(PAUSE_MS, undefined, { signal: api.signal });
    }
  };
  await Promise.all(Array.from({ length: bots }, run));
  await followed;
}
