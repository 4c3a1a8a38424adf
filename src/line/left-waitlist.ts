import type { Db } from '../db/client.ts';
import { findByLine } from '../db/waitlist.ts';
import type { EntryKind, EntryOf, Offers, Sequenced } from '../domain/entry.ts';
import type { Announcement } from '../redis/scripts/publish.ts';

/** Reads which tickets left a waitlist through recorded entries: long polls wait for that. */
export async function readLeftWaitlist(
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
  const left: Record<string, readonly string[] | '*'> = {};
  for (const [sale, some] of lines) {
    left[sale] = some === '*' ? '*' : await findByLine(db, sale, some);
  }
  return left;
}

/** Line numbers on the waitlist of a sale; `*` when it may be any of them. */
type Lines = readonly number[] | '*';

const none = (): Lines => [];

/** Which tickets leave the waitlist of their sale through an entry, by its kind. */
const LEFT: { readonly [K in EntryKind]: (entry: EntryOf<K>) => Lines } = {
  load: none,
  decide: none,
  skip: none,
  release: offeredOrOver,
  offer: offeredOrOver,
  leave: ({ line }) => [line],
  close: () => '*',
  product: none,
  edit: none,
  restock: (entry) => (entry.gone === undefined ? offeredOrOver(entry) : '*'),
  pay: ({ gone }) => (gone === undefined ? [] : '*'),
  confirm: none,
  refund: offeredOrOver,
  return: offeredOrOver,
  archive: none,
  restore: none,
};

function linesOf<K extends EntryKind>(kind: K, entry: EntryOf<K>): Lines {
  return LEFT[kind](entry);
}

function offeredOrOver({ offers = [], over = [] }: Offers): number[] {
  return [...offers, ...over];
}
