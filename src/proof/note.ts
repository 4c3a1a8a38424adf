import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { fromBase64, toBase64 } from './base64.ts';

/** Signature algorithms of notes: Ed25519 over the text, and a cosignature with its time. */
export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;

const ID_BYTES = 4;
const KEY_BYTES = 32;

/** A signature of a note. */
export interface NoteSignature {
  readonly name: string;
  /** The first bytes of the hash of name and key, as hexadecimal digits: which key it was. */
  readonly keyId: string;
  readonly bytes: Uint8Array;
}

/** A signed note (C2SP signed-note). */
export interface Note {
  /** Ends with a newline; what the signatures are over. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A key that verifies notes. */
export interface VerifierKey {
  readonly name: string;
  readonly keyId: string;
  readonly algorithm: number;
  /** The public key, 32 bytes. */
  readonly key: Uint8Array<ArrayBuffer>;
}

/** The first four bytes of the hash of name, algorithm and key, as hexadecimal digits. */
export function keyIdOf(name: string, algorithm: number, key: Uint8Array): string {
  const head = new TextEncoder().encode(`${name}\n`);
  const hash = sha256.create().update(head).update(Uint8Array.of(algorithm)).update(key).digest();
  return bytesToHex(hash.slice(0, ID_BYTES));
}

/** A verifier key as text, as Go's sumdb/note has it: `name+id+key`. */
export function formatVkey(name: string, algorithm: number, key: Uint8Array): string {
  const data = toBase64(Uint8Array.of(algorithm, ...key));
  return `${name}+${keyIdOf(name, algorithm, key)}+${data}`;
}

/** Reads what {@link formatVkey} wrote; undefined when the text is not that. */
export function parseVkey(text: string): VerifierKey | undefined {
  const [, name = '', keyId = '', data = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? [];
  const bytes = fromBase64(data);
  if (bytes?.length !== 1 + KEY_BYTES) return undefined;
  const [algorithm = 0] = bytes;
  const key = bytes.slice(1);
  return keyIdOf(name, algorithm, key) === keyId ? { name, keyId, algorithm, key } : undefined;
}

/** A signature as the line that a note has for it. */
export function formatSignature({ name, keyId, bytes }: NoteSignature): string {
  return `— ${name} ${toBase64(Uint8Array.of(...hexToBytes(keyId), ...bytes))}\n`;
}

/** Reads signature lines; undefined when one of them is not of the form. */
export function parseSignatures(lines: string): NoteSignature[] | undefined {
  const signatures = lines.split('\n').slice(0, -1).map(parseSignature);
  if (!lines.endsWith('\n')) return undefined;
  return signatures.every((one) => one !== undefined) ? signatures : undefined;
}

function parseSignature(line: string): NoteSignature | undefined {
  const [, name, data = ''] = /^— ([^+\s]+) (\S+)$/.exec(line) ?? [];
  const bytes = fromBase64(data);
  if (name === undefined || bytes === undefined || bytes.length <= ID_BYTES) return undefined;
  return { name, keyId: bytesToHex(bytes.slice(0, ID_BYTES)), bytes: bytes.slice(ID_BYTES) };
}

/** A note as text. */
export function formatNote({ text, signatures }: Note): string {
  return `${text}\n${signatures.map(formatSignature).join('')}`;
}

/** Reads a note; undefined when the text is not one, or has no signature. */
export function parseNote(note: string): Note | undefined {
  const end = note.lastIndexOf('\n\n');
  const signatures = end < 0 ? undefined : parseSignatures(note.slice(end + 2));
  if (signatures === undefined || signatures.length === 0) return undefined;
  return { text: note.slice(0, end + 1), signatures };
}

/** Whether a key's signature on a note is there and right. */
export async function isSignedBy(note: Note, key: VerifierKey): Promise<boolean> {
  const { name, keyId } = key;
  const found = note.signatures.find((one) => one.name === name && one.keyId === keyId);
  return found !== undefined && (await verifySignature(note.text, found.bytes, key));
}

async function verifySignature(
  text: string,
  bytes: Uint8Array,
  { algorithm, key }: VerifierKey,
): Promise<boolean> {
  if (algorithm === ED25519) return verify(key, bytes, text);
  if (algorithm !== COSIGNATURE || bytes.length < 8) return false;
  return verify(key, bytes.slice(8), cosignedText(text, cosignedAt(bytes)));
}

/** When a cosignature was made, in seconds since the epoch. */
function cosignedAt(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
}

/** What a witness signs (C2SP tlog-cosignature). */
export function cosignedText(text: string, atSeconds: bigint): string {
  return `cosignature/v1\ntime ${atSeconds}\n${text}`;
}

async function verify(
  key: Uint8Array<ArrayBuffer>,
  signature: Uint8Array,
  text: string,
): Promise<boolean> {
  const { subtle } = globalThis.crypto;
  const imported = await subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
  return subtle.verify(
    'Ed25519',
    imported,
    new Uint8Array(signature),
    new TextEncoder().encode(text),
  );
}
