import { type LogCounts, NO_COUNTS } from '../domain/log-counts.ts';
import { parseVkey, type VerifierKey } from '../proof/note.ts';
import type { LogSource } from '../proof/verify.ts';

/** Where a sale can be checked: its log, and what its shop says about it. */
export interface PublishedSale {
  readonly source: LogSource;
  /** The keys that the shop names, the current one first; to be compared with what others know. */
  readonly keys: readonly VerifierKey[];
  /** The id of the sale; undefined where nothing says it. */
  readonly sale: string | undefined;
  readonly counts: LogCounts | undefined;
  /** The checkpoint that came with the counts. */
  readonly checkpoint: string | undefined;
  /** When it was written to a folder, in ms since the epoch, as the shop says; else it is live. */
  readonly exportedMs?: number;
}

/** The proof of a sale, as the API answers it and exports have it in `proof.json`. */
export interface Proof {
  readonly saleId: string;
  readonly checkpoint: string;
  readonly counts: LogCounts;
  /** Of an export, ISO 8601. */
  readonly exportedAt?: string | undefined;
}

/**
 * Reads the JSON of a proof.
 *
 * @throws SyntaxError when it is not one
 */
export function parseProof(json: string): Proof {
  const { saleId, checkpoint, counts, exportedAt } = JSON.parse(json) as Partial<Proof>;
  const isProof = typeof saleId === 'string' && typeof checkpoint === 'string' && counts;
  if (!isProof) throw new SyntaxError('it is not the proof of a sale');
  return { saleId, checkpoint, counts: { ...NO_COUNTS, ...counts }, exportedAt };
}

/** The keys in a text that has one a line; what is none is left out. */
export function parseVkeys(text: string): VerifierKey[] {
  return text.split('\n').flatMap((line) => parseVkey(line.trim()) ?? []);
}
