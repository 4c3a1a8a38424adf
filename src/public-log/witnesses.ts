import type { Logger } from 'pino';
import { formatAddCheckpoint } from '../proof/add-checkpoint.ts';
import type { Hash } from '../proof/merkle.ts';
import {
  formatNote,
  isSignedBy,
  type Note,
  type NoteSignature,
  parseSignatures,
  type VerifierKey,
} from '../proof/note.ts';

/** A witness: who cosigns checkpoints that continue what it has seen. */
export interface Witness {
  /** Under which it takes checkpoints. */
  readonly url: string;
  readonly key: VerifierKey;
}

/** How long a witness may take to answer, in ms: a checkpoint waits for it. */
const ANSWER_MS = 700;

/** How long one is left alone that did not answer, in ms. */
const PAUSE_MS = 10_000;

/** Longest answer that is read, in characters. */
const ANSWER_MAX = 4_096;

/** A checkpoint that is to be cosigned. */
export interface ToCosign {
  readonly note: Note;
  readonly origin: string;
  readonly size: number;
  /** The consistency proof from a smaller size. */
  readonly prove: (from: number) => Promise<readonly Hash[]>;
}

/** The witnesses of the shop's logs (LOG_WITNESSES). */
export class Witnesses {
  readonly #witnesses: readonly Witness[];
  readonly #log: Logger;
  /** The sizes that they have cosigned last, by witness and origin. */
  readonly #sizes = new Map<string, number>();
  readonly #pausedUntilMs = new Map<Witness, number>();

  constructor(witnesses: readonly Witness[], log: Logger) {
    this.#witnesses = witnesses;
    this.#log = log;
  }

  /**
   * Asks the witnesses that have not signed a note to cosign it, all at once.
   *
   * @returns the note with their signatures, and whether all have signed
   */
  async cosign(asked: ToCosign): Promise<{ note: Note; isCosigned: boolean }> {
    const signed = await Promise.all(
      this.#witnesses.map(async (witness) => {
        if (await isSignedBy(asked.note, witness.key)) return [];
        return this.#ask(witness, asked);
      }),
    );
    const signatures = [...asked.note.signatures, ...signed.flatMap((one) => one ?? [])];
    return {
      note: { ...asked.note, signatures },
      isCosigned: signed.every((one) => one !== undefined),
    };
  }

  /** Its cosignature; undefined where it gives none now. */
  async #ask(witness: Witness, asked: ToCosign): Promise<NoteSignature[] | undefined> {
    if (performance.now() < (this.#pausedUntilMs.get(witness) ?? 0)) return undefined;
    try {
      const known = this.#sizes.get(`${witness.url} ${asked.origin}`) ?? 0;
      const answer = await this.#send(witness, asked, Math.min(known, asked.size));
      // It says where it is: once more from there.
      const signed = 'size' in answer ? await this.#send(witness, asked, answer.size) : answer;
      if ('size' in signed) throw new Error(`it is at ${signed.size} already`);
      this.#sizes.set(`${witness.url} ${asked.origin}`, asked.size);
      return [signed.signature];
    } catch (error) {
      this.#pausedUntilMs.set(witness, performance.now() + PAUSE_MS);
      const { origin, size } = asked;
      const context = { err: error, witness: witness.key.name, origin, size };
      this.#log.warn(context, 'a witness did not cosign a checkpoint, it is asked again');
      return undefined;
    }
  }

  async #send(
    { url, key }: Witness,
    { note, size, prove }: ToCosign,
    old: number,
  ): Promise<{ signature: NoteSignature } | { size: number }> {
    if (old > size) throw new Error(`it has cosigned ${old} leaves, there are ${size}`);
    const proof = old === 0 || old === size ? [] : await prove(old);
    const response = await fetch(new URL('add-checkpoint', url), {
      method: 'POST',
      redirect: 'error',
      body: formatAddCheckpoint({ old, proof, checkpoint: formatNote(note) }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = (await response.text()).slice(0, ANSWER_MAX);
    const isSize = response.headers.get('content-type') === 'text/x.tlog.size';
    if (response.status === 409 && isSize) return { size: Number(text) };
    if (!response.ok) throw new Error(`it answered ${response.status}: ${text.slice(0, 200)}`);
    const theirs = parseSignatures(text)?.find(
      (one) => one.name === key.name && one.keyId === key.keyId,
    );
    if (theirs === undefined || !(await isSignedBy({ ...note, signatures: [theirs] }, key))) {
      throw new Error('its answer has no cosignature of its key');
    }
    return { signature: theirs };
  }
}
