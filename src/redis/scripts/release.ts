import type { ReleaseCause } from '../../domain/entry.ts';
import { OFFERS_MAX } from '../../domain/waitlist.ts';
import type { RedisClient } from '../client.ts';
import { type ShardKeys, waitlistKeys } from '../keys.ts';
import { Script } from '../script.ts';

const script = new Script('release');

export type ReleaseReply =
  | { status: 'STALE_EPOCH' | 'NOT_LOADED' | 'GONE' }
  | { status: 'RELEASED'; seq: number };

/**
 * Ends the hold that journal entry `hold` made for a ticket, see lua/release.lua.
 *
 * @param args.offersMax tickets to take off the waitlist at most
 */
export async function release(
  redis: RedisClient,
  keys: ShardKeys,
  args: {
    epoch: number;
    sale: string;
    ticket: string;
    hold: number;
    cause: ReleaseCause;
    offersMax?: number;
  },
): Promise<ReleaseReply> {
  const at = keys.at(args.epoch);
  const reply = await script.run(
    redis,
    [keys.epoch, at.state, at.journal, ...waitlistKeys(at.sale(args.sale))],
    [args.epoch, args.sale, args.ticket, args.hold, args.cause, args.offersMax ?? OFFERS_MAX],
  );
  const [status, seq] = reply;
  switch (status) {
    case 'STALE_EPOCH':
    case 'NOT_LOADED':
    case 'GONE':
      return { status };
    case 'RELEASED':
      return { status, seq: Number(seq) };
    default:
      throw script.unknown(reply);
  }
}
