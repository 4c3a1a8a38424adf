import { TAG_LENGTH } from '../public-log/tags.ts';

/** A byte that JSON of ours has nowhere else: that of the character "delete". */
const MASK = 0x7f;

/** Stands for a tag that nobody can make any more. */
export const PLACEHOLDER = String.fromCharCode(MASK).repeat(TAG_LENGTH);

/** Whether a leaf is the expected one, but for its tags. */
export function isLike(leaf: Uint8Array, expected: Uint8Array): boolean {
  if (leaf.length !== expected.length) return false;
  return expected.every((byte, i) => byte === leaf[i] || (byte === MASK && isTagByte(leaf[i])));
}

/** Of the alphabet of base64url. */
function isTagByte(byte = 0): boolean {
  return /[\w-]/.test(String.fromCharCode(byte));
}
