import { type Hash, nodeHash } from './merkle.ts';

/** Hashes of a full tile, and entries of a full bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;

/** Levels of the tree that one level of tiles covers. */
export const TILE_HEIGHT = 8;

/** Longest entry of a bundle, in bytes: its length has two. */
const ENTRY_MAX = 65_535;

/** A tile of hashes at a tile level, or a bundle of entries. */
export interface TileAddress {
  readonly level: number | 'entries';
  readonly index: number;
  /** Hashes or entries in it: less than 256 in a partial one. */
  readonly width: number;
}

/** The path of a tile below a log's prefix: `tile/0/x001/234.p/5`. */
export function tilePath({ level, index, width }: TileAddress): string {
  const partial = width === TILE_WIDTH ? '' : `.p/${width}`;
  return `tile/${level}/${formatIndex(index)}${partial}`;
}

function formatIndex(index: number): string {
  const groups = [];
  for (let rest = index; groups.length === 0 || rest > 0; rest = Math.floor(rest / 1_000)) {
    groups.unshift(String(rest % 1_000).padStart(3, '0'));
  }
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
}

/** The tile that a path names; undefined when the path is not of the form of {@link tilePath}. */
export function parseTilePath(path: string): TileAddress | undefined {
  const form = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/(\d{1,3}))?$/;
  const [, level = '', index = '', width = String(TILE_WIDTH)] = form.exec(path) ?? [];
  const address = {
    level: level === 'entries' ? level : Number(level),
    index: Number(index.replaceAll(/[x/]/g, '')),
    width: Number(width),
  } as const;
  return level !== '' && tilePath(address) === path ? address : undefined;
}

/** How many hashes a log of `size` leaves has at a tile level, or entries. */
export function tileCount(level: TileAddress['level'], size: number): number {
  return level === 'entries' ? size : Math.floor(size / TILE_WIDTH ** level);
}

/** The tiles that a log of `size` leaves has at a tile level, or its bundles, in order. */
export function* tilesOf(level: TileAddress['level'], size: number): Generator<TileAddress> {
  // One after the other: a checkpoint may claim more than there is memory for.
  const count = tileCount(level, size);
  for (let index = 0; index * TILE_WIDTH < count; index++) {
    yield { level, index, width: Math.min(TILE_WIDTH, count - index * TILE_WIDTH) };
  }
}

/**
 * The root of the subtree above hashes of one level.
 *
 * @param hashes as many as a power of two
 */
export function joinHashes(hashes: readonly Hash[]): Hash {
  let row = hashes;
  while (row.length > 1) {
    row = Array.from({ length: row.length / 2 }, (_, i) => pairHash(row, 2 * i));
  }
  const [root] = row;
  if (root === undefined) throw new RangeError('there are no hashes to join');
  return root;
}

function pairHash(row: readonly Hash[], at: number): Hash {
  const [left, right] = [row[at], row[at + 1]];
  if (left === undefined || right === undefined) throw new RangeError('not a power of two');
  return nodeHash(left, right);
}

/** A bundle: each entry after its length, in two bytes, big-endian. */
export function formatBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bundle = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  const view = new DataView(bundle.buffer);
  let at = 0;
  for (const entry of entries) {
    if (entry.length > ENTRY_MAX) throw new RangeError(`an entry of ${entry.length} bytes`);
    view.setUint16(at, entry.length);
    bundle.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bundle;
}

/**
 * The entries in a bundle.
 *
 * @throws RangeError when it ends inside an entry
 */
export function parseBundle(bundle: Uint8Array): Uint8Array[] {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.length);
  const entries = [];
  for (let at = 0; at < bundle.length; ) {
    const end = at + 2 + view.getUint16(at);
    if (end > bundle.length) throw new RangeError('the bundle ends inside an entry');
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return entries;
}
