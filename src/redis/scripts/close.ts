import type { RedisClient } from '../client.ts';
import type { ShardKeys } from '../keys.ts';
import { Script } from '../script.ts';

const script = new Script('close');

export type CloseReply =
  | { status: 'STALE_EPOCH' | 'NOT_LOADED' | 'CLOSED' | 'TOO_EARLY' }
  | { status: 'DONE'; seq: number };

/**
 * Closes a sale, see lua/close.lua.
 *
 * @param args.afterJob for `ended`: the job that must be decided first
 * @param args.graceMs for `ended`: how long after endsAt accepted batches may still reach the queue
 */
export async function close(
  redis: RedisClient,
  keys: ShardKeys,
  args: { epoch: number; sale: string } & (
    | { cause: 'closed' }
    | { cause: 'ended'; afterJob: number; graceMs: number }
  ),
): Promise<CloseReply> {
  const at = keys.at(args.epoch);
  const sale = at.sale(args.sale);
  const whenEnded = args.cause === 'ended' ? [args.afterJob, args.graceMs] : [];
  const reply = await script.run(
    redis,
    [keys.epoch, at.state, at.journal, sale.sale, sale.waiters, sale.shapes],
    [args.epoch, args.sale, args.cause, ...whenEnded],
  );
  const [status, seq] = reply;
  switch (status) {
    case 'STALE_EPOCH':
    case 'NOT_LOADED':
    case 'CLOSED':
    case 'TOO_EARLY':
      return { status };
    case 'DONE':
      return { status, seq: Number(seq) };
    default:
      throw script.unknown(reply);
  }
}
