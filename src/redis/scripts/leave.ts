import type { RedisClient } from '../client.ts';
import type { ShardKeys } from '../keys.ts';
import { Script } from '../script.ts';

const script = new Script('leave');

export type LeaveReply =
  | { status: 'STALE_EPOCH' | 'NOT_LOADED' | 'GONE' }
  | { status: 'LEFT'; seq: number };

/**
 * Takes a ticket off the waitlist of its sale, see lua/leave.lua.
 *
 * @param args.ticket its identity
 */
export async function leave(
  redis: RedisClient,
  keys: ShardKeys,
  args: { epoch: number; sale: string; buyer: string; ticket: string },
): Promise<LeaveReply> {
  const at = keys.at(args.epoch);
  const { sale, waiters, shapes } = at.sale(args.sale);
  const reply = await script.run(
    redis,
    [keys.epoch, at.state, at.journal, sale, waiters, shapes],
    [args.epoch, args.sale, args.buyer, args.ticket],
  );
  const [status, seq] = reply;
  switch (status) {
    case 'STALE_EPOCH':
    case 'NOT_LOADED':
    case 'GONE':
      return { status };
    case 'LEFT':
      return { status, seq: Number(seq) };
    default:
      throw script.unknown(reply);
  }
}
