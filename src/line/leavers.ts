import type { Db } from '../db/client.ts';
import { findByLine } from '../db/waitlist.ts';
import type { EntryKind, EntryOf, Offers, Sequenced } from '../domain/entry.ts';
import type { Announcement } from '../redis/scripts/publish.ts';

/** Reads who left a waitlist by recorded entries: long polls wait for that. */
export async function readLeavers(
  db: Db,
  entries: readonly Sequenced[],
): Promise<Announcement['left']> {
  const lines = new Map<string, Lines>();
  for (const { entry } of entries) {
    if (!('sale' in entry)) continue;
    const before = lines.get(entry.sale) ?? [];
    const more = linesOf(entry.k, entry);
    if (more === '*') lines.set(entry.sale, '*');
    else if (before !== '*' && more.length > 0) lines.set(entry.sale, [...before, ...more]);
  }
  const leavers: Record<string, readonly string[] | '*'> = {};
  for (const [sale, some] of lines) {
    leavers[sale] = some === '*' ? '*' : await findByLine(db, sale, some);
  }
  return leavers;
}

/** Line numbers on the waitlist of a sale; `*` where it may be any of them. */
type Lines = readonly number[] | '*';

const none = (): Lines => [];

/** Which tickets leave the waitlist of their sale by an entry, by its kind. */
const LEAVERS: { readonly [K in EntryKind]: (entry: EntryOf<K>) => Lines } = {
  load: none,
  decide: none,
  skip: none,
  release: leaversOf,
  offer: leaversOf,
  leave: ({ line }) => [line],
  close: () => '*',
  product: none,
  edit: none,
  restock: (entry) => (entry.gone === undefined ? leaversOf(entry) : '*'),
  pay: ({ gone }) => (gone === undefined ? [] : '*'),
  refund: leaversOf,
};

function linesOf<K extends EntryKind>(kind: K, entry: EntryOf<K>): Lines {
  return LEAVERS[kind](entry);
}

function leaversOf({ offers = [], over = [] }: Offers): number[] {
  return [...offers, ...over];
}
