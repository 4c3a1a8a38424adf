import type { Db } from '../../db/client.ts';
import { findPublishedLog, type PublishedLog, readLeaves } from '../../db/public-logs.ts';
import { DomainError } from '../../domain/errors.ts';
import { NO_COUNTS } from '../../domain/log-counts.ts';
import { formatCheckpoint, originOf, parseSignedCheckpoint } from '../../proof/checkpoint.ts';
import { EMPTY_ROOT } from '../../proof/merkle.ts';
import { formatNote } from '../../proof/note.ts';
import { formatBundle, TILE_WIDTH, type TileAddress, tileCount } from '../../proof/tile.ts';
import { readHashes } from '../../public-log/read-node.ts';
import type { LogSigner } from '../../public-log/signer.ts';

export interface PublicLogDeps {
  readonly db: Db;
  /** Undefined where no logs are published. */
  readonly signer: LogSigner | undefined;
}

/** What is public of a sale's log, with the key that verifies it. */
export interface LogView extends PublishedLog {
  readonly origin: string;
  readonly root: Uint8Array;
}

/** @throws DomainError log_not_published where nothing signs */
export function requireSigner({ signer }: PublicLogDeps): LogSigner {
  if (signer === undefined) throw new DomainError('log_not_published');
  return signer;
}

/**
 * The log of an existing sale at its last checkpoint: an empty one before anything was published.
 *
 * @throws DomainError log_not_published where nothing signs
 */
export async function readPublicLog(deps: PublicLogDeps, sale: string): Promise<LogView> {
  const signer = requireSigner(deps);
  const log = (await findPublishedLog(deps.db, sale)) ?? emptyLog(signer, sale);
  const checkpoint = parseSignedCheckpoint(log.checkpoint);
  if (checkpoint === undefined) throw new Error(`the checkpoint of sale ${sale} is none`);
  return { ...log, origin: checkpoint.origin, root: checkpoint.root };
}

function emptyLog(signer: LogSigner, sale: string): PublishedLog {
  const [number, size] = [1, 0];
  const text = formatCheckpoint({ origin: originOf(signer.name, sale, 1), size, root: EMPTY_ROOT });
  const checkpoint = formatNote({ text, signatures: [signer.sign(text)] });
  return { sale, number, size, checkpoint, counts: NO_COUNTS, lineNumber: 0 };
}

/**
 * A tile of a log, or a bundle of its entries.
 *
 * @returns undefined when the log as published has no such tile
 */
export async function readTile(
  { db }: PublicLogDeps,
  log: PublishedLog,
  tile: TileAddress,
): Promise<Buffer<ArrayBuffer> | undefined> {
  const { level, index, width } = tile;
  if (index * TILE_WIDTH + width > tileCount(level, log.size)) return undefined;
  if (level === 'entries') {
    const from = index * TILE_WIDTH;
    return Buffer.from(formatBundle(await readLeaves(db, log, { from, to: from + width })));
  }
  return Buffer.concat(await readHashes(db, log, { level, index, width }));
}

/** Whether a tile never changes: whoever has a full one need not ask again. */
export function isFull({ width }: TileAddress): boolean {
  return width === TILE_WIDTH;
}
