import { OFFERS_MAX } from '../../domain/waitlist.ts';
import type { RedisClient } from '../client.ts';
import { type ShardKeys, waitlistKeys } from '../keys.ts';
import { Script } from '../script.ts';

const script = new Script('offer');

export type OfferReply =
  | { status: 'STALE_EPOCH' | 'NOT_LOADED' | 'IDLE' }
  | { status: 'OFFERED'; seq: number };

/**
 * Goes on offering to the waitlist of a sale where another script had to stop, see lua/offer.lua.
 *
 * @param args.offersMax tickets to take off the waitlist at most
 */
export async function offer(
  redis: RedisClient,
  keys: ShardKeys,
  args: { epoch: number; sale: string; offersMax?: number },
): Promise<OfferReply> {
  const at = keys.at(args.epoch);
  const reply = await script.run(
    redis,
    [keys.epoch, at.state, at.journal, ...waitlistKeys(at.sale(args.sale))],
    [args.epoch, args.sale, args.offersMax ?? OFFERS_MAX],
  );
  const [status, seq] = reply;
  switch (status) {
    case 'STALE_EPOCH':
    case 'NOT_LOADED':
    case 'IDLE':
      return { status };
    case 'OFFERED':
      return { status, seq: Number(seq) };
    default:
      throw script.unknown(reply);
  }
}
