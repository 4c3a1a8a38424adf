import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { fromBase64, toBase64 } from '../proof/base64.ts';
import { ED25519, keyIdOf } from '../proof/note.ts';

/** A key that signs notes. */
export interface SigningKey {
  readonly name: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

const SEED_BYTES = 32;

/** What a private key of Ed25519 has before its seed, in PKCS #8 (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Reads a key as Go's sumdb/note writes it: `PRIVATE+KEY+name+id+seed`.
 *
 * @returns undefined when the text is not of the form, or the id is not that of the key
 */
export function parseSigningKey(text: string): SigningKey | undefined {
  const form = /^PRIVATE\+KEY\+([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text);
  const [, name = '', keyId = '', data = ''] = form ?? [];
  const bytes = fromBase64(data);
  if (bytes?.length !== 1 + SEED_BYTES || bytes[0] !== ED25519) return undefined;
  const der = Buffer.concat([PKCS8_HEAD, bytes.subarray(1)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = publicBytes(privateKey);
  if (keyIdOf(name, ED25519, publicKey) !== keyId) return undefined;
  return { name, keyId, privateKey, publicKey };
}

/**
 * Makes a key by chance.
 *
 * @param name a host, with a path or without: `shop.example/log`; no spaces and no plus
 */
export function makeSigningKey(name: string): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8_HEAD.length);
  const id = keyIdOf(name, ED25519, publicBytes(privateKey));
  return `PRIVATE+KEY+${name}+${id}+${toBase64(Uint8Array.of(ED25519, ...seed))}`;
}

function publicBytes(privateKey: KeyObject): Uint8Array {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}
