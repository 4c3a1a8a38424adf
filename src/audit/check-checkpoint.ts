import { dequal } from 'dequal/lite';
import type { AuditedSale } from '../db/audit-reads.ts';
import { toBase64 } from '../proof/base64.ts';
import { originOf, parseCheckpoint } from '../proof/checkpoint.ts';
import { equalHashes } from '../proof/merkle.ts';
import { isSignedBy, parseNote, parseVkey, type VerifierKey } from '../proof/note.ts';
import type { RememberedLog } from '../redis/published-logs.ts';
import type { AtSize, PublicLogCheck } from './check-public-log.ts';
import { Part } from './part.ts';

type PublicLogRow = NonNullable<AuditedSale['publicLog']>;

interface CheckpointFacts {
  readonly log: PublicLogRow;
  readonly leaves: PublicLogCheck;
  /** The keys that ever signed checkpoints. */
  readonly vkeys: readonly string[];
  /** What Redis remembers as published. */
  readonly remembered: RememberedLog | undefined;
}

/** Compares the published checkpoint with the public log, and its signature with the keys. */
export async function checkCheckpoint(facts: CheckpointFacts): Promise<Part> {
  const part = new Part('checkpoint');
  const { log, leaves, remembered } = facts;
  if (log.checkpoint === null) {
    part.note('None is published: nothing signs, or nothing has happened yet.');
  } else {
    await checkNote(part, log.checkpoint, facts);
  }
  if (remembered === undefined) {
    part.note('Redis remembers none.');
  } else if (remembered.number > log.number) {
    part.differ(`Redis remembers log ${remembered.number} as published, this is ${log.number}`);
  } else if (remembered.number === log.number) {
    checkRemembered(part, remembered, leaves.at(remembered.size));
  }
  return part;
}

async function checkNote(part: Part, text: string, facts: CheckpointFacts): Promise<void> {
  const { log, leaves, vkeys } = facts;
  const note = parseNote(text);
  const checkpoint = note && parseCheckpoint(note.text);
  if (note === undefined || checkpoint === undefined) {
    part.differ('it is not of the form of one');
    return;
  }
  const keys = vkeys.flatMap((vkey) => parseVkey(vkey) ?? []);
  const signed = await Promise.all(keys.map((key) => isSignedBy(note, key)));
  const signer = keys.find((_, i) => signed[i]);
  const { origin, size, root } = checkpoint;
  if (signer === undefined) {
    part.differ(`it is signed by none of the ${keys.length} keys in log_keys`);
  }
  checkOrigin(part, origin, signer, log);
  if (size !== log.checkpoint_size) {
    part.differ(`its size is ${size}, it is recorded as ${log.checkpoint_size}`);
  }
  const at = leaves.at(size);
  if (at === undefined) {
    part.differ(`it covers ${size} leaves, the public log has fewer`);
    return;
  }
  if (!equalHashes(at.root, root)) {
    part.differ(`its root is ${toBase64(root)}, that of the leaves ${toBase64(at.root)}`);
  }
  if (!dequal(log.checkpoint_counts, at.counts)) part.differ('its counts are not those of the log');
  if (log.checkpoint_line_number !== at.lineNumber) {
    part.differ(`its line number is ${log.checkpoint_line_number}, by the log ${at.lineNumber}`);
  }
  part.compared = `signature by ${signer?.name}+${signer?.keyId}, size ${size}, root and counts`;
}

function checkOrigin(
  part: Part,
  origin: string,
  signer: VerifierKey | undefined,
  { sale_id: sale, number }: PublicLogRow,
): void {
  if (signer === undefined) return;
  const own = originOf(signer.name, sale, number);
  if (origin !== own) part.differ(`its origin is ${origin}, that of this log ${own}`);
}

/** Redis is told of a checkpoint after its leaves are committed, before it is published. */
function checkRemembered(part: Part, remembered: RememberedLog, at: AtSize | undefined): void {
  const { size, root } = remembered;
  const where = `Redis remembers ${size} leaves as published`;
  if (at === undefined) {
    part.differ(`${where}, the public log has fewer: Postgres was restored to an older state`);
  } else if (toBase64(at.root) !== root) {
    part.differ(`${where} with root ${root}, that of the leaves is ${toBase64(at.root)}`);
  }
}
