import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CrowdOptions, readOptions, USAGE } from './options.ts';
import { runCrowd } from './run.ts';
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
    console.error(error instanceof Error ? whole(error) : error);
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

/** That of the environment, or the one that `npm start` keeps. */
function readSecret(): string {
  const given = process.env['AUTH_JWT_SECRET'];
  if (given) return given;
  const dataDir = process.env['FAIRLINE_DATA_DIR'] || join(import.meta.dirname, '../../../.data');
  const file = join(dataDir, 'auth-jwt-secret');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  throw new Error(`There is no ${file}: run npm start first, or set AUTH_JWT_SECRET.`);
}

function whole({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
