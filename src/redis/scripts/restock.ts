import { MAX_STOCK } from '../../domain/sale.ts';
import { OFFERS_MAX } from '../../domain/waitlist.ts';
import type { RedisClient } from '../client.ts';
import { type ShardKeys, waitlistKeys } from '../keys.ts';
import { Script } from '../script.ts';

const script = new Script('restock');

export type RestockReply =
  | { status: 'STALE_EPOCH' | 'NOT_LOADED' | 'KEY_REUSED' }
  | { status: 'TOO_FEW' | 'TOO_MANY'; units: number }
  | { status: 'REPEATED' | 'RESTOCKED'; seq: number };

/**
 * Adds units to a product or takes available ones away, see lua/restock.lua.
 *
 * @param args.offersMax tickets to take off the waitlist at most
 */
export async function restock(
  redis: RedisClient,
  keys: ShardKeys,
  args: {
    epoch: number;
    sale: string;
    index: number;
    delta: number;
    key: string;
    offersMax?: number;
  },
): Promise<RestockReply> {
  const at = keys.at(args.epoch);
  const sale = at.sale(args.sale);
  const reply = await script.run(
    redis,
    [keys.epoch, at.state, at.journal, ...waitlistKeys(sale), sale.restocks],
    [
      args.epoch,
      args.sale,
      args.index,
      args.delta,
      args.key,
      MAX_STOCK,
      args.offersMax ?? OFFERS_MAX,
    ],
  );
  const [status, value] = reply;
  switch (status) {
    case 'STALE_EPOCH':
    case 'NOT_LOADED':
    case 'KEY_REUSED':
      return { status };
    case 'TOO_FEW':
    case 'TOO_MANY':
      return { status, units: Number(value) };
    case 'REPEATED':
    case 'RESTOCKED':
      return { status, seq: Number(value) };
    default:
      throw script.unknown(reply);
  }
}
