import { sign } from 'node:crypto';
import { parseSigningKey, type SigningKey } from '../process/signing-key.ts';
import { ED25519, formatVkey, type NoteSignature } from '../proof/note.ts';

/** Signs checkpoints and promises. The key's name begins the origin of every log. */
export class LogSigner {
  readonly name: string;
  /** What others need to verify its signatures. */
  readonly vkey: string;
  readonly #key: SigningKey;

  /**
   * @param text LOG_SIGNING_KEY
   * @throws TypeError when it is not such a key
   */
  constructor(text: string) {
    const key = parseSigningKey(text);
    if (key === undefined) throw new TypeError('not a signing key');
    this.#key = key;
    this.name = key.name;
    this.vkey = formatVkey(key.name, ED25519, key.publicKey);
  }

  /** Signs a text, which ends with a newline. Equal texts have equal signatures. */
  sign(text: string): NoteSignature {
    const { name, keyId, privateKey } = this.#key;
    return { name, keyId, bytes: sign(null, Buffer.from(text), privateKey) };
  }
}
