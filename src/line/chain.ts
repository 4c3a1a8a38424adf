import { createHash } from 'node:crypto';

/**
 * The hash of a log entry: SHA-256 over the hash before it, its shard, its seq and its exact text. Whoever
 * changes, drops or reorders an entry has to change every hash behind it.
 */
export function chainHash(before: Buffer, shard: number, seq: number, text: string): Buffer {
  return createHash('sha256').update(before).update(`\n${shard}\n${seq}\n`).update(text).digest();
}
