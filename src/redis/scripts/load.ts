import type { LoadEntry } from '../../domain/entry.ts';
import { fromLoaded } from '../../domain/sale-settings.ts';
import { operation } from '../operation.ts';
import { saleHash } from '../sale-hash.ts';

interface FirstLoad {
  readonly entry: LoadEntry;
  /** The last entry of the log when the sale had none in it. */
  readonly seq: number;
}

/** The first load of a sale: its keys and its start in the journal, see lua/load.lua. */
export const load = operation('load', {
  keys: (at, { entry: { sale } }) => [at.state, at.journal, at.sale(sale).sale],
  args({ entry, seq }: FirstLoad) {
    const fields = saleHash(fromLoaded(entry), {
      closed: '',
      line: 0,
      waiting: 0,
      offering: false,
      isInPart: false,
      products: entry.stock.map((available) => ({ available, held: 0, sold: 0 })),
    });
    return [JSON.stringify(entry), seq, ...Object.entries(fields).flat()];
  },
  replies: { STALE_EPOCH: {}, PRESENT: {}, OLD: {}, LOADED: { seq: Number } },
});
