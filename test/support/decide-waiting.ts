import { lookAhead } from '../../src/line/lookahead.ts';
import type { Shard } from '../../src/line/shard.ts';
import { decide } from '../../src/redis/scripts/decide.ts';
import type { TestSystem } from './system.ts';

/**
 * Decides the last waiting job of a shard as a worker does, and stops there: nothing is recorded.
 * The job stays in the queue, as do those decided like this before it.
 */
export async function decideWaiting({ redis }: Pick<TestSystem, 'redis'>, shard: Shard) {
  const { keys } = shard;
  const [job = ''] = await redis.lrange(keys.queue('wait'), 0, 0);
  const raw = (await redis.hget(keys.queue(job), 'data')) ?? '';
  const group = await lookAhead(redis, shard, Number(job), raw, 0);
  return shard.run(decide, group);
}
