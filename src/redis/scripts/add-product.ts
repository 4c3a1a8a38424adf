import type { NewProduct } from '../../domain/entry.ts';
import { MAX_PRODUCTS } from '../../domain/sale.ts';
import type { RedisClient } from '../client.ts';
import type { ShardKeys } from '../keys.ts';
import { Script } from '../script.ts';

const script = new Script('add-product');

export type AddProductReply =
  | { status: 'STALE_EPOCH' | 'NOT_LOADED' | 'CLOSED' | 'TOO_MANY' }
  | { status: 'ADDED'; seq: number; index: number };

/** Adds a product to a sale, see lua/add-product.lua. */
export async function addProduct(
  redis: RedisClient,
  keys: ShardKeys,
  args: { epoch: number; sale: string; product: NewProduct },
): Promise<AddProductReply> {
  const at = keys.at(args.epoch);
  const reply = await script.run(
    redis,
    [keys.epoch, at.state, at.journal, at.sale(args.sale).sale],
    [args.epoch, args.sale, JSON.stringify(args.product), args.product.stock, MAX_PRODUCTS],
  );
  const [status, seq, index] = reply;
  switch (status) {
    case 'STALE_EPOCH':
    case 'NOT_LOADED':
    case 'CLOSED':
    case 'TOO_MANY':
      return { status };
    case 'ADDED':
      return { status, seq: Number(seq), index: Number(index) };
    default:
      throw script.unknown(reply);
  }
}
