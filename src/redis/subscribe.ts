import type { RedisClient } from './client.ts';
import { PROGRESS_CHANNEL } from './keys.ts';

/**
 * Subscribes a connection to announcements of progress, of all shards. ioredis subscribes again
 * after every reconnect.
 *
 * @param hear gets the text of each announcement (JSON)
 * @returns resolves when Redis has confirmed it, which may take as long as Redis is unavailable
 */
export async function subscribeToProgress(
  subscriber: RedisClient,
  hear: (text: string) => void,
): Promise<void> {
  subscriber.on('message', (_channel, text: string) => hear(text));
  await subscriber.subscribe(PROGRESS_CHANNEL);
}
