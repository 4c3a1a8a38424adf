import type { Db } from '../../src/db/client.ts';
import { findPublishedLog, listPublicLogsBehind, readLeaves } from '../../src/db/public-logs.ts';
import { parseVkey, type VerifierKey } from '../../src/proof/note.ts';
import { formatBundle, parseTilePath, TILE_WIDTH } from '../../src/proof/tile.ts';
import { type LogSource, type VerifyOptions, verifyLog } from '../../src/proof/verify.ts';
import { followLogs } from '../../src/public-log/follow.ts';
import { readHashes } from '../../src/public-log/read-node.ts';
import { LogSigner } from '../../src/public-log/signer.ts';
import { LOG_KEY } from './system.ts';

/** The key that verifies what a test system signs. */
export const LOG_VKEY = vkeyOf(new LogSigner(LOG_KEY).vkey);

/** A verifier key from its text. */
export function vkeyOf(text: string): VerifierKey {
  const key = parseVkey(text);
  if (key === undefined) throw new Error('not a verifier key');
  return key;
}

/** Reads the public log of a sale over HTTP. */
function logOverHttp(url: string, saleId: string): LogSource {
  return {
    async read(path) {
      const response = await fetch(`${url}/api/sales/${saleId}/log/${path}`);
      if (response.status === 404) return undefined;
      if (!response.ok) throw new Error(`${path}: ${response.status}`);
      return response.bytes();
    },
  };
}

/** Checks the public log of a sale over HTTP. */
export function verifySale(url: string, saleId: string, options: Partial<VerifyOptions> = {}) {
  const source = logOverHttp(url, saleId);
  return verifyLog(source, { keys: [LOG_VKEY], nowMs: Date.now(), sale: saleId, ...options });
}

/** Checks the public log of a sale as a database has it, which an API would serve. */
export function verifyInDatabase(db: Db, sale: string, options: Partial<VerifyOptions> = {}) {
  const source: LogSource = {
    async read(path) {
      const log = await findPublishedLog(db, sale);
      if (log === undefined) return undefined;
      if (path === 'checkpoint') return new TextEncoder().encode(log.checkpoint);
      const tile = parseTilePath(path);
      if (tile === undefined) return undefined;
      const from = tile.index * TILE_WIDTH;
      if (tile.level !== 'entries') {
        return Buffer.concat(await readHashes(db, log, { ...tile, level: tile.level }));
      }
      return formatBundle(await readLeaves(db, log, { from, to: from + tile.width }));
    },
  };
  return verifyLog(source, { keys: [LOG_VKEY], nowMs: Date.now(), sale, ...options });
}

/** Appends everything that was recorded, as two workers do at once. */
export async function followToEnd(db: Db): Promise<void> {
  do {
    await Promise.all([followLogs(db), followLogs(db)]);
  } while ((await listPublicLogsBehind(db)).length > 0);
}
