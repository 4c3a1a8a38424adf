import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatCheckpoint, parseCheckpoint } from '../../src/proof/checkpoint.ts';
import { GrowingTree } from '../../src/proof/growing-tree.ts';
import { decodeLeaf, encodeLeaf, type Leaf } from '../../src/proof/leaf.ts';
import { leafHash } from '../../src/proof/merkle.ts';
import { formatNote, parseNote } from '../../src/proof/note.ts';
import { formatBundle, parseBundle, TILE_HEIGHT, tilePath, tilesOf } from '../../src/proof/tile.ts';
import { LogSigner } from '../../src/public-log/signer.ts';
import { LOG_KEY } from './system.ts';

/** The leaves of an exported log. */
export function readLeaves(folder: string): Leaf[] {
  const { size } = checkpointOf(folder);
  return tilesOf('entries', size).flatMap((tile) =>
    parseBundle(readFileSync(join(folder, tilePath(tile)))).map(decodeLeaf),
  );
}

/** The checkpoint of an exported log. */
export function checkpointOf(folder: string) {
  const note = parseNote(readFileSync(join(folder, 'checkpoint'), 'utf8'));
  const checkpoint = parseCheckpoint(note?.text ?? '');
  if (checkpoint === undefined) throw new Error(`${folder} has no checkpoint`);
  return checkpoint;
}

/**
 * Does what a forger does who has the key: writes a log of other leaves over an exported one, with
 * all its tiles, and signs it.
 */
export function forgeLog(folder: string, leaves: readonly Leaf[]): void {
  const { origin } = checkpointOf(folder);
  const bytes = leaves.map(encodeLeaf);
  const levels: Uint8Array[][] = [];
  const tree = new GrowingTree();
  const keep = (level: number, hash: Uint8Array) => {
    levels[level] ??= [];
    levels[level].push(hash);
  };
  for (const hash of bytes.map(leafHash)) {
    keep(0, hash);
    tree.append(hash, (node) => {
      if (node.level % TILE_HEIGHT === 0) keep(node.level / TILE_HEIGHT, node.hash);
    });
  }
  const write = (path: string, content: Uint8Array | string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  for (const level of ['entries', ...levels.keys()] as const) {
    const all = level === 'entries' ? bytes : (levels[level] ?? []);
    for (const tile of tilesOf(level, tree.size)) {
      const some = all.slice(tile.index * 256, tile.index * 256 + tile.width);
      write(tilePath(tile), level === 'entries' ? formatBundle(some) : Buffer.concat(some));
    }
  }
  const text = formatCheckpoint({ origin, size: tree.size, root: tree.root() });
  const signature = new LogSigner(LOG_KEY).sign(text);
  write('checkpoint', formatNote({ text, signatures: [signature] }));
}

/** The paths of all files in a folder, below it. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
}
