// A small witness, to try cosigning with: npm run witness -- LOG_KEY …
// Run one for others: it is worth something only where it is not the shop's.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeSigningKey, parseSigningKey } from '../process/signing-key.ts';
import { COSIGNATURE, formatVkey, parseVkey } from '../proof/note.ts';
import { createWitnessServer } from './server.ts';
import { Witness } from './witness.ts';

const USAGE = `Usage: npm run witness -- LOG_KEY… [--port 4100] [--name NAME] [--dir .data/witness]

LOG_KEY is what the shop shows at /.well-known/fairline-log-key: its logs are watched.
The witness keeps its own key and what it has seen in the folder.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '4100' },
    name: { type: 'string', default: 'witness.localhost' },
    dir: { type: 'string', default: '.data/witness' },
    help: { type: 'boolean', default: false },
  },
});
const logs = positionals.flatMap((text) => parseVkey(text) ?? []);
const port = Number(values.port);
const isRight = logs.length > 0 && logs.length === positionals.length && Number.isInteger(port);
if (values.help || !isRight) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}

const key = keepKey(join(values.dir, 'key'), values.name);
const vkey = formatVkey(key.name, COSIGNATURE, key.publicKey);
const dir = join(values.dir, 'logs');
const server = createWitnessServer(new Witness({ key, logs, dir, nowMs: Date.now }));
server.listen(port, '127.0.0.1', () => {
  const address = server.address();
  const at = typeof address === 'object' && address !== null ? address.port : port;
  console.log('This witness cosigns for whoever has this setting:');
  console.log(`LOG_WITNESSES='http://127.0.0.1:${at} ${vkey}'`);
});

/** The witness's key: the first run makes it. */
function keepKey(file: string, name: string) {
  if (!existsSync(file)) {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, makeSigningKey(name), { mode: 0o600 });
  }
  const kept = parseSigningKey(readFileSync(file, 'utf8').trim());
  if (kept === undefined) throw new Error(`${file} is not a key: remove it to have one made`);
  return kept;
}
