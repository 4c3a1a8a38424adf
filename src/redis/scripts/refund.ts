import { OFFERS_MAX } from '../../domain/waitlist.ts';
import type { RedisClient } from '../client.ts';
import { type ShardKeys, waitlistKeys } from '../keys.ts';
import { Script } from '../script.ts';

const script = new Script('refund');

export type RefundReply =
  | { status: 'STALE_EPOCH' | 'NOT_LOADED' | 'GONE' }
  | { status: 'REFUNDED'; seq: number };

/**
 * Takes the units of a paid ticket back, see lua/refund.lua.
 *
 * @param args.ticket the ticket's identity
 * @param args.restock puts the units back on sale
 * @param args.offersMax tickets to take off the waitlist at most
 */
export async function refund(
  redis: RedisClient,
  keys: ShardKeys,
  args: { epoch: number; sale: string; ticket: string; restock: boolean; offersMax?: number },
): Promise<RefundReply> {
  const { epoch, sale, ticket, restock, offersMax = OFFERS_MAX } = args;
  const at = keys.at(epoch);
  const ofSale = at.sale(sale);
  const reply = await script.run(
    redis,
    [keys.epoch, at.state, at.journal, ...waitlistKeys(ofSale), ofSale.paid],
    [epoch, sale, ticket, restock ? 1 : 0, offersMax],
  );
  const [status, seq] = reply;
  switch (status) {
    case 'STALE_EPOCH':
    case 'NOT_LOADED':
    case 'GONE':
      return { status };
    case 'REFUNDED':
      return { status, seq: Number(seq) };
    default:
      throw script.unknown(reply);
  }
}
