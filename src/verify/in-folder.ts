import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PublishedSale, parseProof, parseVkeys } from './published-sale.ts';

/**
 * A sale in a folder that `npm run proof:export` wrote: `checkpoint` and the tiles under their
 * paths, and where they are there, `key` and `proof.json`.
 *
 * @throws SyntaxError when `proof.json` is not one, Error when a file cannot be read
 */
export async function openInFolder(folder: string): Promise<PublishedSale> {
  const read = (name: string) => readIfThere(join(folder, name));
  const keys = parseVkeys(String((await read('key')) ?? ''));
  const json = await read('proof.json');
  const proof = json && parseProof(String(json));
  return {
    source: { read },
    keys,
    sale: proof?.saleId,
    counts: proof?.counts,
    checkpoint: proof?.checkpoint,
    ...(proof?.exportedAt === undefined ? {} : { exportedMs: Date.parse(proof.exportedAt) }),
  };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
