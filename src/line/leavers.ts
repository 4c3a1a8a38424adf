import type { Db } from '../db/client.ts';
import { findByLine } from '../db/waitlist.ts';
import type { Entry, Offers, Sequenced } from '../domain/entry.ts';
import type { Announcement } from '../redis/scripts/publish.ts';

/** Reads who left a waitlist by recorded entries: long polls wait for that. */
export async function readLeavers(
  db: Db,
  entries: readonly Sequenced[],
): Promise<Announcement['left']> {
  const lines = new Map<string, readonly number[] | '*'>();
  for (const { entry } of entries) {
    if (!('sale' in entry)) continue;
    const before = lines.get(entry.sale) ?? [];
    const more = linesOf(entry);
    if (more === '*') lines.set(entry.sale, '*');
    else if (before !== '*' && more.length > 0) lines.set(entry.sale, [...before, ...more]);
  }
  const leavers: Record<string, readonly string[] | '*'> = {};
  for (const [sale, some] of lines) {
    leavers[sale] = some === '*' ? '*' : await findByLine(db, sale, some);
  }
  return leavers;
}

/** Line numbers of those who leave by an entry. */
function linesOf(entry: Entry): readonly number[] | '*' {
  switch (entry.k) {
    case 'close':
      return '*';
    case 'restock':
      return entry.gone === undefined ? leaversOf(entry) : '*';
    case 'pay':
      return entry.gone === undefined ? [] : '*';
    case 'release':
    case 'refund':
    case 'offer':
      return leaversOf(entry);
    case 'leave':
      return [entry.line];
    default:
      return [];
  }
}

function leaversOf({ offers = [], over = [] }: Offers): number[] {
  return [...offers, ...over];
}
