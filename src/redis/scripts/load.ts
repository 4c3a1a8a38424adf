import type { LoadEntry } from '../../domain/entry.ts';
import type { HoldLimit } from '../../domain/sale.ts';
import type { RedisClient } from '../client.ts';
import type { ShardKeys } from '../keys.ts';
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
  const fields = saleFields({
    ...entry,
    closed: '',
    line: 0,
    holdLimit: entry.holdLimit ?? null,
    waitlist: entry.waitlist ?? 0,
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

/** The hash of a sale, as load and rebuild write it; times in ms. */
export function saleFields(sale: {
  starts: number;
  ends: number;
  limit: number;
  holdMs: number;
  holdLimit: HoldLimit | null;
  closed: string;
  line: number;
  /** Tickets that may wait, and that do. */
  waitlist: number;
  waiting: number;
  offering: boolean;
  products: readonly { available: number; held: number; sold: number }[];
}): Record<string, string | number> {
  const fields: Record<string, string | number> = {
    starts: sale.starts,
    ends: sale.ends,
    limit: sale.limit,
    holdMs: sale.holdMs,
    closed: sale.closed,
    line: sale.line,
    n: sale.products.length,
    waitlist: sale.waitlist,
    waiting: sale.waiting,
    offering: sale.offering ? '1' : '',
    ...holdLimitFields(sale.holdLimit),
  };
  for (const [index, product] of sale.products.entries()) {
    fields[`a${index}`] = product.available;
    fields[`h${index}`] = product.held;
    fields[`s${index}`] = product.sold;
  }
  return fields;
}

/** The limit on holds from one place as the sale's hash has it, see lua/fragments/origins.lua. */
export function holdLimitFields(limit: HoldLimit | null): Record<string, number> {
  return { holdCount: limit?.count ?? 0, holdWindow: limit?.windowMs ?? 0 };
}
