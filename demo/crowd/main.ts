import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings } from '../settings.ts';
import { type CrowdOptions, readOptions, USAGE } from './options.ts';
import { runCrowd, whatFailed } from './run.ts';
import { show } from './screen.ts';

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
process.once('SIGTERM', () => stopping.abort());

process.exit(await run());

/** Returns the exit code. */
async function run(): Promise<number> {
  try {
    const faults = await runCrowd({
      options: options(),
      secret: readSecret(),
      signal: stopping.signal,
      show: (moment) => show(process.stdout, moment),
    });
    for (const fault of faults) console.error(fault);
    console.log(faults.length === 0 ? 'Nothing went wrong.' : 'Something went wrong: see above.');
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(whatFailed(error));
    return 1;
  }
}

function options(): CrowdOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
}

/** The secret of the environment, or the one that `npm start` keeps. */
function readSecret(): string {
  const root = join(import.meta.dirname, '../..');
  const { secret, dataDir } = readSettings(process.env, root);
  if (secret !== undefined) return secret;
  const file = join(dataDir, 'auth-jwt-secret');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  throw new Error(`There is no ${file}: run npm start first, or set AUTH_JWT_SECRET.`);
}
