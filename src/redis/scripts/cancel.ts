import { identityOf, type TicketRef } from '../../domain/ticket.ts';
import type { RedisClient } from '../client.ts';
import type { ShardKeys } from '../keys.ts';
import { Script } from '../script.ts';

const script = new Script('cancel');

export type CancelReply = { status: 'STALE_EPOCH' | 'DECIDED' | 'REQUESTED' };

/** Asks that a ticket in line be cancelled at its turn, see lua/cancel.lua. */
export async function cancel(
  redis: RedisClient,
  keys: ShardKeys,
  args: { epoch: number; sale: string; ref: TicketRef },
): Promise<CancelReply> {
  const at = keys.at(args.epoch);
  const { ref } = args;
  const reply = await script.run(
    redis,
    [keys.epoch, at.outcomes, keys.cancels, at.sale(args.sale).attempts],
    [args.epoch, ref.uid, identityOf(ref), ref.job, ref.key, ref.items],
  );
  const [status] = reply;
  switch (status) {
    case 'STALE_EPOCH':
    case 'DECIDED':
    case 'REQUESTED':
      return { status };
    default:
      throw script.unknown(reply);
  }
}
