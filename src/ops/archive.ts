import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { dropTickets, exportSale, isArchived, listArchivedBefore } from '../db/archived-sales.ts';
import type { Db } from '../db/client.ts';
import { withLine } from './with-line.ts';

const USAGE = `Usage: npm run archive -- export SALE FILE
       npm run archive -- drop SALE
       npm run archive -- drop --before DATE
SALE is archived: nothing of it is in Redis. FILE is new; it holds JSON Lines, compressed (gzip).
DATE is that of the end of a sale, as 2026-01-31.`;

/** Rows removed per transaction: the recorder waits for one at most. */
const CHUNK = 10_000;

// npm run archive: writes what was recorded of an archived sale to a file, or removes its tickets
// from the buyers' history.
await withLine('archive', async ({ db, log }) => {
  const [command, first = '', second = '', ...others] = process.argv.slice(2);
  const sales = await salesOf(db, command, first, second);
  if (sales === undefined || others.length > 0) {
    console.error(USAGE);
    process.exitCode = 1;
    return;
  }
  for (const sale of sales) {
    if ((await isArchived(db, sale)) !== true) {
      console.error(`${sale} is no archived sale: it may still change, or there is none.`);
      process.exitCode = 1;
      return;
    }
    if (command === 'export') {
      log.info({ sale, rows: await writeFile(db, sale, second) }, `written to ${second}`);
    } else {
      log.info({ sale, tickets: await dropAll(db, sale) }, 'tickets dropped from the history');
    }
  }
});

/** The sales that a command is about; undefined when it is none. */
async function salesOf(
  db: Db,
  command: string | undefined,
  first: string,
  second: string,
): Promise<readonly string[] | undefined> {
  if (command === 'export' && first !== '' && second !== '') return [first];
  if (command !== 'drop' || first === '') return undefined;
  if (first !== '--before') return second === '' ? [first] : undefined;
  const before = new Date(second);
  return Number.isNaN(before.getTime()) ? undefined : listArchivedBefore(db, before);
}

/** Writes a sale to a new file; returns the number of rows by table. */
async function writeFile(db: Db, sale: string, path: string): Promise<Record<string, number>> {
  const file = createWriteStream(path, { flags: 'wx' });
  await once(file, 'open'); // or it is there already
  const gzip = createGzip();
  const done = pipeline(gzip, file);
  const rows = await exportSale(db, sale, async (lines) => {
    if (!gzip.write(lines)) await once(gzip, 'drain');
  });
  gzip.end();
  await done;
  return rows;
}

/** Removes all tickets of a sale; returns how many there were. */
async function dropAll(db: Db, sale: string): Promise<number> {
  for (let total = 0; ; ) {
    const removed = await dropTickets(db, sale, CHUNK);
    if (removed === undefined) throw new Error(`${sale} came back meanwhile: try again later`);
    if (removed === 0) return total;
    total += removed;
  }
}
