import type { LoadEntry } from '../../domain/entry.ts';
import { fromLoaded } from '../../domain/sale-settings.ts';
import { operation } from '../operation.ts';
import { saleHash } from '../sale-hash.ts';

/** The first load of a sale: its keys and its start in the journal, see lua/load.lua. */
export const load = operation('load', {
  keys: (at, { sale }) => [at.state, at.journal, at.sale(sale).sale],
  args(entry: LoadEntry) {
    const fields = saleHash(fromLoaded(entry), {
      closed: '',
      line: 0,
      waiting: 0,
      offering: false,
      products: entry.stock.map((available) => ({ available, held: 0, sold: 0 })),
    });
    return [JSON.stringify(entry), ...Object.entries(fields).flat()];
  },
  replies: { STALE_EPOCH: {}, PRESENT: {}, LOADED: { seq: Number } },
});
