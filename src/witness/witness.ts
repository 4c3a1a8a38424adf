import { sign } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SigningKey } from '../process/signing-key.ts';
import { parseAddCheckpoint } from '../proof/add-checkpoint.ts';
import { type Checkpoint, parseCheckpoint } from '../proof/checkpoint.ts';
import { equalHashes, rootsByConsistency } from '../proof/merkle.ts';
import {
  COSIGNATURE,
  cosignedText,
  formatSignature,
  isSignedBy,
  keyIdOf,
  parseNote,
  type VerifierKey,
} from '../proof/note.ts';

/** What a witness answers (C2SP tlog-witness). */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly text: string;
  /** The text is a size. */
  readonly isSize?: boolean;
}

export interface WitnessOptions {
  readonly key: SigningKey;
  /** The keys of the logs that it watches: every log whose origin begins with a key's name. */
  readonly logs: readonly VerifierKey[];
  /** The folder in which it remembers the last checkpoint of each log. */
  readonly dir: string;
  /** The time now, in ms since the epoch. */
  readonly nowMs: () => number;
}

/** Cosigns checkpoints that continue what it has seen of their log. */
export class Witness {
  readonly #options: WitnessOptions;
  /** One checkpoint of a log is looked at after another. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** Answers a request to add a checkpoint. */
  async add(body: string): Promise<WitnessAnswer> {
    const request = parseAddCheckpoint(body);
    const note = request && parseNote(request.checkpoint);
    const checkpoint = note && parseCheckpoint(note.text);
    if (request === undefined || note === undefined || checkpoint === undefined) {
      return { status: 400, text: 'not a request of the form of C2SP tlog-witness\n' };
    }
    const { origin } = checkpoint;
    const keys = this.#options.logs.filter(({ name }) => isOf(origin, name));
    if (keys.length === 0) return { status: 404, text: 'an unknown log\n' };
    const signed = await Promise.all(keys.map((key) => isSignedBy(note, key)));
    if (!signed.includes(true)) return { status: 403, text: 'not signed by the log\n' };
    if (request.old > checkpoint.size) return { status: 400, text: 'old is larger than new\n' };
    const turn = (this.#turns.get(origin) ?? Promise.resolve()).then(() =>
      this.#cosign({ ...request, text: note.text, checkpoint }),
    );
    this.#turns.set(
      origin,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async #cosign({
    old,
    proof,
    text,
    checkpoint,
  }: {
    readonly old: number;
    readonly proof: readonly Uint8Array[];
    readonly text: string;
    readonly checkpoint: Checkpoint;
  }): Promise<WitnessAnswer> {
    const last = await this.#read(checkpoint.origin);
    const size = last?.size ?? 0;
    if (old !== size) return { status: 409, text: `${size}\n`, isSize: true };
    if (last !== undefined && last.size === checkpoint.size) {
      if (!equalHashes(last.root, checkpoint.root)) {
        return { status: 409, text: `${size}\n`, isSize: true };
      }
    } else if (!continues(last, checkpoint, proof)) {
      return { status: 422, text: 'the consistency proof does not lead from one to the other\n' };
    }
    await this.#write(checkpoint.origin, text);
    return { status: 200, text: this.#signature(text) };
  }

  #signature(text: string): string {
    const { name, publicKey, privateKey } = this.#options.key;
    const atSeconds = BigInt(Math.floor(this.#options.nowMs() / 1_000));
    const signature = sign(null, Buffer.from(cosignedText(text, atSeconds)), privateKey);
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(atSeconds);
    return formatSignature({
      name,
      keyId: keyIdOf(name, COSIGNATURE, publicKey),
      bytes: Buffer.concat([time, signature]),
    });
  }

  #fileOf(origin: string): string {
    return join(this.#options.dir, Buffer.from(origin).toString('base64url'));
  }

  async #read(origin: string): Promise<Checkpoint | undefined> {
    try {
      return parseCheckpoint(await readFile(this.#fileOf(origin), 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Moved into place: a process killed here leaves the checkpoint before. */
  async #write(origin: string, text: string): Promise<void> {
    const file = this.#fileOf(origin);
    await mkdir(this.#options.dir, { recursive: true });
    await writeFile(`${file}.new`, text, { flush: true });
    await rename(`${file}.new`, file);
  }
}

function isOf(origin: string, name: string): boolean {
  return origin === name || origin.startsWith(`${name}/`);
}

function continues(
  last: Checkpoint | undefined,
  { size: newSize, root: newRoot }: Checkpoint,
  proof: readonly Uint8Array[],
): boolean {
  if (last === undefined || last.size === 0) return proof.length === 0;
  const { size, root } = last;
  try {
    const found = rootsByConsistency(proof, { size, root, newSize });
    return equalHashes(found.root, root) && equalHashes(found.newRoot, newRoot);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
