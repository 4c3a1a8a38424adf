import type { Db } from '../db/client.ts';
import { type LogId, readLeafHashes, readNodeHashes } from '../db/public-logs.ts';
import type { Hash, ReadNode } from '../proof/merkle.ts';
import { joinHashes, TILE_HEIGHT, TILE_WIDTH } from '../proof/tile.ts';

/**
 * Reads the nodes of a log, for proofs: a tile at a time, each once.
 *
 * @returns a function that throws RangeError where the log does not have the node
 */
export function nodeReader(db: Db, log: LogId): ReadNode {
  const tiles = new Map<string, Promise<Hash[]>>();
  const readTile = (level: number, index: number) => {
    const name = `${level}/${index}`;
    const tile = tiles.get(name) ?? readHashes(db, log, { level, index, width: TILE_WIDTH });
    tiles.set(name, tile);
    return tile;
  };
  return async (level, index) => {
    const height = level % TILE_HEIGHT;
    const [from, count] = [index * 2 ** height, 2 ** height];
    const tile = await readTile(Math.floor(level / TILE_HEIGHT), Math.floor(from / TILE_WIDTH));
    const hashes = tile.slice(from % TILE_WIDTH, (from % TILE_WIDTH) + count);
    if (hashes.length < count) throw new RangeError(`the log has no node ${level}/${index}`);
    return joinHashes(hashes);
  };
}

/** The hashes of a tile: fewer than its width where the log is not that large. */
export function readHashes(
  db: Db,
  log: LogId,
  { level, index, width }: { level: number; index: number; width: number },
): Promise<Hash[]> {
  const [from, to] = [index * TILE_WIDTH, index * TILE_WIDTH + width];
  if (level === 0) return readLeafHashes(db, log, { from, to });
  return readNodeHashes(db, log, { level: level * TILE_HEIGHT, from, to });
}
