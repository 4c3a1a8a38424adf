import { CHANNELS, type Channel } from '../domain/message.ts';
import type { RedisClient } from '../redis/client.ts';
import { MESSAGE_PREFIX } from '../redis/keys.ts';
import { openTaskQueues, type TaskQueues } from '../tasks/queues.ts';

/** Opens the delivery queues, one per channel, on a connection that the caller owns. */
export function openMessageQueues(
  redis: RedisClient,
  onError: (error: Error) => void,
): TaskQueues<Channel> {
  return openTaskQueues(redis, { prefix: MESSAGE_PREFIX, kinds: CHANNELS }, onError);
}
