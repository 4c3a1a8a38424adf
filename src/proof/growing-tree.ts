import { EMPTY_ROOT, type Hash, nodeHash } from './merkle.ts';

/** A complete subtree that came into being: see ReadNode. */
export interface TreeNode {
  readonly level: number;
  readonly index: number;
  readonly hash: Hash;
}

/**
 * A Merkle tree to which leaves are appended, by the roots of its largest complete subtrees alone:
 * at most one for each bit of its size.
 */
export class GrowingTree {
  #size: number;
  /** From left to right; their sizes are the bits of the tree's size, from the highest one. */
  readonly #peaks: Hash[];

  /**
   * @param size leaves so far
   * @param peaks the peaks of that size; none for an empty tree
   * @throws RangeError when they are not as many as the size asks for
   */
  constructor(size = 0, peaks: readonly Hash[] = []) {
    const count = size.toString(2).replaceAll('0', '').length;
    if (peaks.length !== count) throw new RangeError(`size ${size} has ${count} peaks`);
    this.#size = size;
    this.#peaks = [...peaks];
  }

  get size(): number {
    return this.#size;
  }

  get peaks(): readonly Hash[] {
    return this.#peaks;
  }

  /**
   * Appends a leaf.
   *
   * @param hash the leaf's hash
   * @param grow gets every subtree that it completes, above the leaf
   */
  append(hash: Hash, grow: (node: TreeNode) => void = () => undefined): void {
    let [node, index, level] = [hash, this.#size, 0];
    while (index % 2 === 1) {
      node = nodeHash(this.#peaks.pop() ?? EMPTY_ROOT, node);
      index = (index - 1) / 2;
      level++;
      grow({ level, index, hash: node });
    }
    this.#peaks.push(node);
    this.#size++;
  }

  root(): Hash {
    const [last, ...others] = this.#peaks.toReversed();
    if (last === undefined) return EMPTY_ROOT;
    return others.reduce((right, left) => nodeHash(left, right), last);
  }
}
