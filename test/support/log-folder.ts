import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BatchTicket, DecideEntry } from '../../src/domain/entry.ts';
import { formatCheckpoint, parseCheckpoint } from '../../src/proof/checkpoint.ts';
import { GrowingTree } from '../../src/proof/growing-tree.ts';
import { decodeLeaf, encodeLeaf, type Leaf } from '../../src/proof/leaf.ts';
import { leafHash } from '../../src/proof/merkle.ts';
import { formatNote, parseNote } from '../../src/proof/note.ts';
import { formatPromise } from '../../src/proof/promise.ts';
import { formatBundle, parseBundle, TILE_HEIGHT, tilePath, tilesOf } from '../../src/proof/tile.ts';
import { LogSigner } from '../../src/public-log/signer.ts';
import { LOG_KEY } from './system.ts';

/** The leaves of an exported log. */
function readLeaves(folder: string): Leaf[] {
  const { size } = checkpointOf(folder);
  return [...tilesOf('entries', size)].flatMap((tile) =>
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
function forgeLog(folder: string, leaves: readonly Leaf[]): void {
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
  write('checkpoint', signed(text));
}

/** Gives the last ticket what it did not get. */
export function changeOutcome(folder: string): void {
  const leaves = readLeaves(folder);
  const last = decisionsIn(leaves).at(-1) ?? -1;
  forgeLog(
    folder,
    leaves.with(
      last,
      changed(leaves[last], () => ({ out: 'H' })),
    ),
  );
}

/** Takes the third decision out, as if that buyer had never come. */
export function dropEntry(folder: string): void {
  const leaves = readLeaves(folder);
  forgeLog(folder, leaves.toSpliced(decisionsIn(leaves)[2] ?? -1, 1));
}

/** The same, and who came after it moves up: a log like any other. */
export function dropEntryNeatly(folder: string): void {
  const leaves = readLeaves(folder);
  const [, , dropped = -1, ...after] = decisionsIn(leaves);
  const moved = leaves.map((leaf, i) =>
    after.includes(i) ? changed(leaf, ({ line }) => ({ line: line - 1 })) : leaf,
  );
  forgeLog(folder, moved.toSpliced(dropped, 1));
}

/** Lets the fourth go before the third, each with the numbers of the other. */
export function swapEntries(folder: string): void {
  const leaves = readLeaves(folder);
  const [one = -1, other = -1] = decisionsIn(leaves).slice(2);
  const at = (leaf: Leaf | undefined, place: Leaf | undefined) => ({
    ...changed(leaf, () => ({ line: decision(place).entry.line })),
    seq: decision(place).seq,
  });
  const [first, second] = [leaves[one], leaves[other]];
  forgeLog(folder, leaves.with(one, at(second, first)).with(other, at(first, second)));
}

/** Lets a buyer have wanted something that no shop can read. */
export function garbleTicket(folder: string): void {
  const leaves = readLeaves(folder);
  const [first = -1] = decisionsIn(leaves);
  const garble = ({ batch }: DecideEntry) => ({
    batch: { ...batch, t: batch.t.map(([buyer]): BatchTicket => [buyer, 'everything']) },
  });
  forgeLog(folder, leaves.with(first, changed(leaves[first], garble)));
}

/** Changes a hash in a tile. */
export function rebuildTile(folder: string): void {
  const tile = filesIn(folder).find((path) => path.startsWith('tile/0/')) ?? '';
  const bytes = readFileSync(join(folder, tile));
  bytes[5] = (bytes[5] ?? 0) ^ 1;
  writeFileSync(join(folder, tile), bytes);
}

/**
 * A promise, signed by the shop, to a ticket that is nowhere in its log: a receipt as JSON.
 *
 * @param agoMs when it was accepted, an hour ago when left out
 */
export function promiseToNobody(folder: string, agoMs = 3_600_000): string {
  const { origin } = checkpointOf(folder);
  const [, sale = ''] = origin.split('/sales/');
  const ticket = 'AAAAAAAAAAAAAAAA.0';
  const acceptedAt = new Date(Date.now() - agoMs).toISOString();
  const text = formatPromise({ origin, sale, ticket, position: 3, acceptedAt });
  return JSON.stringify({ saleId: sale, ticketTag: ticket, promise: signed(text) });
}

/** Another checkpoint, of the same size or a larger one, which the shop has signed too. */
export function anotherCheckpoint(folder: string, more = 0): string {
  const { origin, size } = checkpointOf(folder);
  return signed(formatCheckpoint({ origin, size: size + more, root: new Uint8Array(32) }));
}

function signed(text: string): string {
  return formatNote({ text, signatures: [new LogSigner(LOG_KEY).sign(text)] });
}

/** The indexes of the leaves with decisions. */
function decisionsIn(leaves: readonly Leaf[]): number[] {
  return leaves.flatMap((leaf, i) => ('entry' in leaf && leaf.entry.k === 'decide' ? [i] : []));
}

function decision(leaf: Leaf | undefined): { seq: number; entry: DecideEntry } {
  if (leaf === undefined || !('entry' in leaf) || leaf.entry.k !== 'decide') {
    throw new Error('no decision');
  }
  return { seq: leaf.seq, entry: leaf.entry };
}

function changed(leaf: Leaf | undefined, change: (entry: DecideEntry) => Partial<DecideEntry>) {
  const { seq, entry } = decision(leaf);
  return { seq, entry: { ...entry, ...change(entry) } };
}

/** The paths of all files in a folder, below it. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
}
