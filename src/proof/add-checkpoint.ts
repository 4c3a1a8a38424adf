import { fromBase64, toBase64 } from './base64.ts';
import type { Hash } from './merkle.ts';

/** What is sent to a witness (C2SP tlog-witness, add-checkpoint). */
export interface AddCheckpoint {
  /** The size that it has cosigned last; 0 for none. */
  readonly old: number;
  /** The consistency proof from there. */
  readonly proof: readonly Hash[];
  /** The signed note. */
  readonly checkpoint: string;
}

/** Most hashes that a consistency proof may have. */
const PROOF_MAX = 63;

/** A request to a witness as text. */
export function formatAddCheckpoint({ old, proof, checkpoint }: AddCheckpoint): string {
  return `old ${old}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${checkpoint}`;
}

/** Reads what {@link formatAddCheckpoint} wrote; undefined when the text is not that. */
export function parseAddCheckpoint(text: string): AddCheckpoint | undefined {
  const end = text.indexOf('\n\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = text.slice(0, end).split('\n');
  const old = /^old (0|[1-9]\d{0,15})$/.exec(first)?.[1];
  const proof = lines.flatMap((line) => fromBase64(line) ?? []);
  if (old === undefined || proof.length !== lines.length || proof.length > PROOF_MAX) {
    return undefined;
  }
  return { old: Number(old), proof, checkpoint: text.slice(end + 2) };
}
