import { sha256 } from '@noble/hashes/sha2.js';

/** A SHA-256 hash, 32 bytes. */
export type Hash = Uint8Array;

/** Bytes of a hash. */
export const HASH_BYTES = 32;

/** The root of a tree without leaves (RFC 6962, section 2.1). */
export const EMPTY_ROOT: Hash = sha256(new Uint8Array());

/** The hash of a leaf (RFC 6962, section 2.1): its first byte tells it from an inner node. */
export function leafHash(leaf: Uint8Array): Hash {
  return sha256.create().update(Uint8Array.of(0)).update(leaf).digest();
}

/** The hash of an inner node (RFC 6962, section 2.1). */
export function nodeHash(left: Hash, right: Hash): Hash {
  return sha256.create().update(Uint8Array.of(1)).update(left).update(right).digest();
}

/**
 * Reads the hash of a complete subtree: that of the `2^level` leaves from `index * 2^level` on.
 */
export type ReadNode = (level: number, index: number) => Promise<Hash>;

/** The root of the first `size` leaves. */
export async function rootOf(read: ReadNode, size: number): Promise<Hash> {
  return size === 0 ? EMPTY_ROOT : rangeHash(read, 0, size);
}

/**
 * The inclusion proof of a leaf (RFC 6962, section 2.1.1): the hashes beside its path, from below.
 *
 * @param index the leaf's, less than `size`
 */
export async function proveInclusion(read: ReadNode, index: number, size: number): Promise<Hash[]> {
  const proof: Hash[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + largestPowerBelow(to - from);
    const isLeft = index < middle;
    proof.push(await (isLeft ? rangeHash(read, middle, to) : rangeHash(read, from, middle)));
    [from, to] = isLeft ? [from, middle] : [middle, to];
  }
  return proof.reverse();
}

/**
 * The consistency proof between two sizes of a log (RFC 6962, section 2.1.2).
 *
 * @param size the smaller one, more than 0
 */
export async function proveConsistency(
  read: ReadNode,
  size: number,
  newSize: number,
): Promise<Hash[]> {
  const proof: Hash[] = [];
  let [from, to] = [0, newSize];
  let isWhole = true; // the old tree is all of the range so far
  while (to !== size) {
    const middle = from + largestPowerBelow(to - from);
    if (size <= middle) {
      proof.push(await rangeHash(read, middle, to));
      to = middle;
    } else {
      proof.push(await rangeHash(read, from, middle));
      from = middle;
      isWhole = false;
    }
  }
  if (!isWhole) proof.push(await rangeHash(read, from, to));
  return proof.reverse();
}

/** The hash over the leaves `from` to `to - 1`, which are a subtree of some tree. */
async function rangeHash(read: ReadNode, from: number, to: number): Promise<Hash> {
  const count = to - from;
  const level = Math.log2(count);
  if (Number.isInteger(level)) return read(level, from / count);
  const middle = from + largestPowerBelow(count);
  return nodeHash(await rangeHash(read, from, middle), await rangeHash(read, middle, to));
}

/** The largest power of two that is less than `count`. */
function largestPowerBelow(count: number): number {
  return 2 ** Math.ceil(Math.log2(count) - 1);
}

/**
 * The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2).
 *
 * @throws RangeError when the proof has the wrong length for index and size
 */
export function rootByInclusion(
  leaf: Hash,
  { index, size, proof }: { index: number; size: number; proof: readonly Hash[] },
): Hash {
  if (index >= size) throw new RangeError(`leaf ${index} is not among the first ${size}`);
  let [at, last] = [index, size - 1];
  let hash = leaf;
  for (const beside of proof) {
    if (last === 0) throw new RangeError('the proof is too long');
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(beside, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else {
      hash = nodeHash(hash, beside);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  if (last !== 0) throw new RangeError('the proof is too short');
  return hash;
}

/**
 * The roots that a consistency proof leads to (RFC 9162, section 2.1.4.2), to be compared with
 * those of both checkpoints.
 *
 * @param size the smaller size, more than 0
 * @param root the root at that size
 * @throws RangeError when the proof has the wrong length for the sizes
 */
export function rootsByConsistency(
  proof: readonly Hash[],
  { size, root, newSize }: { size: number; root: Hash; newSize: number },
): { root: Hash; newRoot: Hash } {
  if (size === newSize) {
    if (proof.length > 0) throw new RangeError('the proof is too long');
    return { root, newRoot: root };
  }
  const path = Number.isInteger(Math.log2(size)) ? [root, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined) throw new RangeError('the proof is too short');
  let [at, last] = [size - 1, newSize - 1];
  while (at % 2 === 1) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  let [old, whole] = [first, first];
  for (const hash of path) {
    if (last === 0) throw new RangeError('the proof is too long');
    if (at % 2 === 1 || at === last) {
      old = nodeHash(hash, old);
      whole = nodeHash(hash, whole);
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else {
      whole = nodeHash(whole, hash);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  if (last !== 0) throw new RangeError('the proof is too short');
  return { root: old, newRoot: whole };
}

/** Hashes that stand one behind the other. */
export function splitHashes(bytes: Uint8Array): Hash[] {
  const count = Math.floor(bytes.length / HASH_BYTES);
  return Array.from({ length: count }, (_, i) => bytes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}

/** Whether two hashes are equal. They are public: nothing is revealed by how long it takes. */
export function equalHashes(one: Hash, other: Hash): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}
