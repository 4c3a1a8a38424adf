import { fromBase64, toBase64 } from './base64.ts';
import { HASH_BYTES, type Hash } from './merkle.ts';
import { parseNote } from './note.ts';

/** Size and root of a log (C2SP tlog-checkpoint); its text is what a note signs. */
export interface Checkpoint {
  /** Which log. */
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  readonly root: Hash;
}

/** The text of a checkpoint. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** Reads the text of a checkpoint; undefined when it is none. Extension lines are ignored. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [, origin, size, hash = ''] = /^(.+)\n(0|[1-9]\d{0,15})\n(\S+)\n/.exec(text) ?? [];
  const root = fromBase64(hash);
  if (origin === undefined || root?.length !== HASH_BYTES) return undefined;
  return { origin, size: Number(size), root };
}

/** Reads the checkpoint in a signed note; undefined when it is none. Verifies no signature. */
export function parseSignedCheckpoint(note: string): Checkpoint | undefined {
  return parseCheckpoint(parseNote(note)?.text ?? '');
}

/**
 * The origin of a sale's log.
 *
 * @param name the name of the shop's key
 * @param number 1, and more each time that the log had to begin anew
 */
export function originOf(name: string, sale: string, number: number): string {
  return `${name}/sales/${sale}${number === 1 ? '' : `/${number}`}`;
}

/** The origin of the first log of the sale that an origin is of. */
export function withoutNumber(origin: string): string {
  return origin.replace(/\/\d+$/, '');
}
