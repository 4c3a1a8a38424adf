import { Queue, type Telemetry } from 'bullmq';
import type { Batch } from '../domain/entry.ts';
import type { RedisClient } from '../redis/client.ts';
import { QUEUE_NAME, type ShardKeys } from '../redis/keys.ts';

/** The data of a batch that waits in a line. */
export type LineQueue = Queue<Batch, void, 'batch'>;

/**
 * Opens the BullMQ queue of a shard on a connection that the caller owns.
 *
 * @param telemetry where it is traced
 */
export function openQueue(redis: RedisClient, keys: ShardKeys, telemetry?: Telemetry): LineQueue {
  return new Queue(QUEUE_NAME, {
    connection: redis,
    prefix: keys.prefix,
    skipWaitingForReady: true,
    defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: false },
    streams: { events: { maxLen: 100 } },
    ...(telemetry === undefined ? {} : { telemetry }),
  });
}
