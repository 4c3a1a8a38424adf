import type { LoadEntry } from '../../domain/entry.ts';
import { fromLoaded } from '../../domain/sale-settings.ts';
import type { RedisClient } from '../client.ts';
import type { ShardKeys } from '../keys.ts';
import { saleHash } from '../sale-hash.ts';
import { Script } from '../script.ts';

const script = new Script('load');

export type LoadReply = { status: 'STALE_EPOCH' | 'PRESENT' } | { status: 'LOADED'; seq: number };

/** The first load of a sale: its keys and its start in the journal, see lua/load.lua. */
export async function load(
  redis: RedisClient,
  keys: ShardKeys,
  args: { epoch: number; entry: LoadEntry },
): Promise<LoadReply> {
  const { epoch, entry } = args;
  const at = keys.at(epoch);
  const fields = saleHash(fromLoaded(entry), {
    closed: '',
    line: 0,
    waiting: 0,
    offering: false,
    products: entry.stock.map((available) => ({ available, held: 0, sold: 0 })),
  });
  const reply = await script.run(
    redis,
    [keys.epoch, at.state, at.journal, at.sale(entry.sale).sale],
    [epoch, JSON.stringify(entry), ...Object.entries(fields).flat()],
  );
  const [status, seq] = reply;
  switch (status) {
    case 'STALE_EPOCH':
    case 'PRESENT':
      return { status };
    case 'LOADED':
      return { status, seq: Number(seq) };
    default:
      throw script.unknown(reply);
  }
}
