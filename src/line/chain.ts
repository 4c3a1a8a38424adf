import { createHash } from 'node:crypto';

/**
 * The hash of a log entry: SHA-256 over the previous hash, its shard, its seq and its exact text.
 * Changing, dropping or reordering an entry requires changing every later hash.
 */
export function chainHash(before: Buffer, shard: number, seq: number, text: string): Buffer {
  return createHash('sha256').update(before).update(`\n${shard}\n${seq}\n`).update(text).digest();
}
