import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readTile } from '../api/proof/public-log.ts';
import type { ProofView } from '../api/schemas/proof.ts';
import type { Db } from '../db/client.ts';
import { listLogKeys } from '../db/log-keys.ts';
import { findPublishedLog, type PublishedLog } from '../db/public-logs.ts';
import { findSale } from '../db/sales.ts';
import { toBase64 } from '../proof/base64.ts';
import { parseSignedCheckpoint } from '../proof/checkpoint.ts';
import { type TileAddress, tileCount, tilePath, tilesOf } from '../proof/tile.ts';

const README = `The public log of a sale, to be checked without the shop and without a network:

    node verify.mjs .
    deno run --allow-read verify.mjs .

With the key of the shop as you know it from elsewhere, a receipt, or a checkpoint that you kept:

    node verify.mjs . --key VKEY --receipt receipt.json --kept checkpoint.txt

checkpoint   size and root of the log, signed (C2SP tlog-checkpoint)
tile/        the log: hashes, and entries (C2SP tlog-tiles)
key          the keys that verify checkpoints, the current one first
proof.json   the same checkpoint, with what the shop counts, and when this was written
verify.mjs   checks all of it; it needs Node 20 or later, or Deno
`;

/** It cannot be exported: what to say. */
export class CannotExport extends Error {}

/**
 * Writes the public log of a sale to a folder, with what checks it there.
 *
 * @param folder an empty one, or one that is not there yet
 * @param verifier the built verify.mjs
 * @returns how many leaves the log has
 * @throws CannotExport when there is no such log, or no place for it
 */
export async function exportLog(
  db: Db,
  { sale, folder, verifier }: { sale: string; folder: string; verifier: string },
): Promise<number> {
  const published = await findLog(db, sale);
  await makeFolder(folder, verifier);
  await writeLog(db, published, folder);
  return published.size;
}

async function findLog(db: Db, sale: string): Promise<PublishedLog> {
  const published = await findPublishedLog(db, sale);
  if (published !== undefined) return published;
  const known = await findSale(db, sale);
  if (known === undefined) throw new CannotExport(`There is no sale ${sale}.`);
  throw new CannotExport(
    `Nothing is published of sale ${sale} yet: a worker with LOG_SIGNING_KEY does it.`,
  );
}

async function makeFolder(folder: string, verifier: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw new CannotExport(`${folder} is not empty.`);
  try {
    await copyFile(verifier, join(folder, 'verify.mjs'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new CannotExport('verify.mjs is not built: npm run build:web');
  }
}

async function writeLog(db: Db, log: PublishedLog, folder: string): Promise<void> {
  const write = async (path: string, content: string | Uint8Array) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  };
  for (const tile of allTiles(log.size)) {
    const bytes = await readTile({ db, signer: undefined }, log, tile);
    if (bytes === undefined) throw new Error(`the log has no ${tilePath(tile)}`);
    await write(tilePath(tile), bytes);
  }
  const keys = await listLogKeys(db);
  await write('key', keys.map((key) => `${key}\n`).join(''));
  const exportedAt = new Date().toISOString();
  const proof = { ...proofOf(log, keys[0] ?? ''), exportedAt };
  await write('proof.json', `${JSON.stringify(proof, undefined, 2)}\n`);
  await write('README.txt', README);
  await write('checkpoint', log.checkpoint);
}

function proofOf(
  { sale, size, checkpoint, counts, lineNumber }: PublishedLog,
  key: string,
): ProofView {
  const parsed = parseSignedCheckpoint(checkpoint);
  if (parsed === undefined) throw new Error(`the checkpoint of sale ${sale} is none`);
  const { origin, root } = parsed;
  const rootHash = toBase64(root);
  return { saleId: sale, origin, size, rootHash, checkpoint, key, counts, lineNumber };
}

/** All tiles and bundles of a log, at every level that it has. */
function* allTiles(size: number): Generator<TileAddress> {
  yield* tilesOf('entries', size);
  for (let level = 0; tileCount(level, size) > 0; level++) yield* tilesOf(level, size);
}
