import type { RedisClient } from '../client.ts';
import type { ShardKeys } from '../keys.ts';
import { Script } from '../script.ts';

const script = new Script('accept');

export type AcceptReply =
  | { status: 'STALE_EPOCH' | 'NOT_LOADED' }
  | { status: 'CLOSED' | 'LINE_FULL' }
  | { status: 'NOT_OPEN'; nowMs: number; startsMs: number }
  | { status: 'ACCEPTED'; nowMs: number; last: number; lastAll: number; passed: number };

/** Takes the places in line for a batch of `count` tickets, see lua/accept.lua. */
export async function accept(
  redis: RedisClient,
  keys: ShardKeys,
  args: { epoch: number; sale: string; count: number; maxWaiting: number },
): Promise<AcceptReply> {
  const reply = await script.run(
    redis,
    [
      keys.epoch,
      keys.at(args.epoch).sale(args.sale).sale,
      keys.accepted,
      keys.progress,
      keys.queue('wait'),
      keys.queue('active'),
    ],
    [args.epoch, args.sale, args.count, args.maxWaiting],
  );
  const [status, nowMs, last, lastAll, passed] = reply;
  switch (status) {
    case 'STALE_EPOCH':
    case 'NOT_LOADED':
    case 'CLOSED':
    case 'LINE_FULL':
      return { status };
    case 'NOT_OPEN':
      return { status, nowMs: Number(nowMs), startsMs: Number(last) };
    case 'ACCEPTED':
      return {
        status,
        nowMs: Number(nowMs),
        last: Number(last),
        lastAll: Number(lastAll),
        passed: Number(passed),
      };
    default:
      throw script.unknown(reply);
  }
}
