import { isDeepStrictEqual } from 'node:util';
import type { EditEntry } from '../../domain/entry.ts';
import { fromEdited } from '../../domain/sale-settings.ts';
import { change } from '../operation.ts';
import { toHash } from '../sale-hash.ts';

interface Edit extends Omit<EditEntry, 'k'> {
  /** It changes settings that are frozen once the sale has opened. */
  readonly frozen: boolean;
}

/** Changes settings of a sale, see lua/edit.lua. */
export const edit = change('edit', {
  needs: 'open',
  keys: (at, { sale }) => [at.state, at.journal, at.sale(sale).sale],
  args: (wanted: Edit) => [textOf(wanted), wanted.frozen ? 1 : 0, ...fieldsOf(wanted)],
  replies: {
    STALE_EPOCH: {},
    NOT_LOADED: {},
    CLOSED: {},
    OPENED: {},
    BAD_WINDOW: {},
    EDITED: { seq: Number },
  },
  earlier: [],
  isEntry: (entry, wanted) => isDeepStrictEqual(entry, JSON.parse(textOf(wanted))),
});

/** The journal entry: unchanged settings are omitted. */
function textOf({ sale, set, products }: Edit): string {
  return JSON.stringify({ k: 'edit', sale, set, products });
}

/** Fields of the sale's hash, each with its new value. */
function fieldsOf({ set }: Edit) {
  return Object.entries(toHash(fromEdited(set))).flat();
}
