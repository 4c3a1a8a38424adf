import { join } from 'node:path';
import { CannotExport, exportLog } from './export-log.ts';
import { withLine } from './with-line.ts';

const USAGE = `Usage: npm run proof:export -- SALE DIR
SALE is the id of a sale, DIR a folder that is empty or not there yet.`;

/** Where `npm run build:web` puts it. */
const VERIFIER = join(import.meta.dirname, '../../dist/web/verify.mjs');

// npm run proof:export: writes the public log of a sale to a folder, with what checks it.
await withLine('proof', async ({ db, log }) => {
  const [sale, folder, ...others] = process.argv.slice(2);
  try {
    if (!sale || !folder || others.length > 0) throw new CannotExport(USAGE);
    const leaves = await exportLog(db, { sale, folder, verifier: VERIFIER });
    log.info({ sale, leaves }, `written to ${folder}`);
  } catch (error) {
    if (!(error instanceof CannotExport)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
});
