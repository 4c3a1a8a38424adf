import type { Db } from '../db/client.ts';
import { findByLine } from '../db/waitlist.ts';
import type { Entry, Offers, Sequenced } from '../domain/entry.ts';
import type { Announcement } from '../redis/scripts/publish.ts';

/** Reads who left a waitlist by recorded entries: long polls wait for that. */
export async function readLeavers(
  db: Db,
  entries: readonly Sequenced[],
): Promise<Announcement['left']> {
  const leavers: Record<string, readonly string[] | '*'> = {};
  for (const { entry } of entries) {
    if (!('sale' in entry) || leavers[entry.sale] === '*') continue;
    const lines = linesOf(entry);
    if (lines === '*') leavers[entry.sale] = '*';
    else if (lines.length > 0) {
      const tickets = await findByLine(db, entry.sale, lines);
      leavers[entry.sale] = [...(leavers[entry.sale] ?? []), ...tickets];
    }
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
    case 'release':
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
