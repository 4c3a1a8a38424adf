import { hash, randomBytes } from 'node:crypto';
import type { Tag } from '../proof/leaf.ts';

/** Characters of a tag: 132 bits. */
export const TAG_LENGTH = 22;

/**
 * The tags of a sale: the beginning of the SHA-256 of salt, kind and value. The salt is 244 random
 * bits and comes first; what is cut off keeps a hash from being continued to that of a longer
 * value.
 *
 * @param salt the sale's; null once it was erased: no tag equals any other then
 */
export function tagsOf(salt: Uint8Array | null): Tag {
  const salted = Buffer.from(salt ?? randomBytes(32)).toString('base64url');
  return (kind, value) =>
    value === ''
      ? ''
      : hash('sha256', `${salted}\n${kind}\n${value}`, 'base64url').slice(0, TAG_LENGTH);
}
