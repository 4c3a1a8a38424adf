import { dequal } from 'dequal/lite';
import type { AuditedLeaf, AuditedNode, AuditedSale } from '../db/audit-reads.ts';
import type { Entry } from '../domain/entry.ts';
import { countEntry, lineAfter, NO_COUNTS } from '../domain/log-counts.ts';
import { GrowingTree, type TreeNode } from '../proof/growing-tree.ts';
import { decodeLeaf, isPublic, leavesOf, publicEntry } from '../proof/leaf.ts';
import { equalHashes, type Hash, leafHash } from '../proof/merkle.ts';
import { TILE_HEIGHT } from '../proof/tile.ts';
import { tagsOf } from '../public-log/tags.ts';
import { counted, Part } from './part.ts';
import type { RowReader } from './row-reader.ts';
import { isLike, PLACEHOLDER } from './tag-mask.ts';

type PublicLogRow = NonNullable<AuditedSale['publicLog']>;

/** What the public log was at a size. */
export interface AtSize {
  readonly root: Hash;
  readonly counts: PublicLogRow['counts'];
  readonly lineNumber: number;
}

/**
 * Compares a public log with the log: makes each leaf again from its entry, and the tree from the
 * leaves that are kept.
 */
export class PublicLogCheck {
  readonly part = new Part('public log');
  readonly #log: PublicLogRow;
  readonly #leaves: RowReader<AuditedLeaf>;
  readonly #salt: Buffer | null;
  readonly #tag: ReturnType<typeof tagsOf>;
  readonly #tree = new GrowingTree();
  readonly #nodes: TreeNode[] = [];
  /** Sizes at which it is wanted what the log was. */
  readonly #wanted: ReadonlySet<number>;
  readonly #at = new Map<number, AtSize>();
  #counts = NO_COUNTS;
  #lineNumber = 0;
  #seq = 0;
  #behind = 0;

  /** @param sizes at which it is wanted what the log was */
  constructor(
    log: PublicLogRow,
    salt: Buffer | null,
    leaves: RowReader<AuditedLeaf>,
    sizes: readonly number[],
  ) {
    this.#log = log;
    this.#salt = salt;
    this.#leaves = leaves;
    this.#wanted = new Set(sizes);
    this.#tag = salt === null ? (_, value) => (value === '' ? '' : PLACEHOLDER) : tagsOf(salt);
    if (salt === null) {
      this.part.note('The salt of its tags was erased: leaves are compared but for their tags.');
    }
  }

  /** What the log was at a size, where that was wanted and it is that long. */
  at(size: number): AtSize | undefined {
    return this.#at.get(size);
  }

  get root(): Hash {
    return this.#tree.root();
  }

  /** Takes the next entry of the log. */
  async take(seq: number, entry: Entry): Promise<void> {
    if (!isPublic(entry)) return;
    if (seq > this.#log.seq) {
      this.#behind++;
      return;
    }
    await this.#passUntil(seq);
    this.#seq = seq;
    this.#counts = countEntry(this.#counts, entry);
    this.#lineNumber = lineAfter(this.#lineNumber, entry);
    for (const expected of leavesOf(seq, publicEntry(entry, this.#tag))) {
      const kept = await this.#leaves.peek();
      if (kept?.seq !== seq) {
        this.part.differ(`entry ${seq} (${entry.k}) has no leaf ${this.#tree.size}`);
        return;
      }
      this.#leaves.pass();
      const isSame = this.#salt === null ? isLike(kept.leaf, expected) : kept.leaf.equals(expected);
      if (!isSame) {
        this.part.differ(`leaf ${kept.index} is not what the log has as entry ${seq} (${entry.k})`);
      }
      this.#append(kept);
    }
  }

  /** Takes what is kept before an entry: nothing but the first leaf of a log that began anew. */
  async #passUntil(seq: number): Promise<void> {
    for (;;) {
      const kept = await this.#leaves.peek();
      if (kept === undefined || kept.seq >= seq) return;
      this.#leaves.pass();
      if (!this.#isBeginning(kept)) {
        this.part.differ(
          `leaf ${kept.index} is of entry ${kept.seq}, which the log does not have there`,
        );
      }
      this.#append(kept);
    }
  }

  #isBeginning({ index, seq, leaf }: AuditedLeaf): boolean {
    if (this.#log.number === 1 || index !== 0 || seq !== 0) return false;
    try {
      const beginning = decodeLeaf(leaf);
      if (!('follows' in beginning)) return false;
      const { origin, size } = beginning.follows;
      this.part.note(`It began anew: Postgres did not continue ${origin} of ${size} leaves.`);
      return true;
    } catch (error) {
      if (error instanceof TypeError || error instanceof SyntaxError) return false;
      throw error;
    }
  }

  #append({ index, leaf, hash }: AuditedLeaf): void {
    const own = leafHash(leaf);
    const { size } = this.#tree;
    if (index !== size) this.part.differ(`leaf ${index} stands where leaf ${size} should be`);
    if (!equalHashes(hash, own)) this.part.differ(`the hash of leaf ${index} is not that of it`);
    this.#tree.append(own, (node) => {
      if (node.level % TILE_HEIGHT === 0) this.#nodes.push(node);
    });
    if (!this.#wanted.has(this.#tree.size)) return;
    const [root, counts, lineNumber] = [this.#tree.root(), this.#counts, this.#lineNumber];
    this.#at.set(this.#tree.size, { root, counts, lineNumber });
  }

  /** Compares what is kept beside the leaves. */
  async end(nodes: RowReader<AuditedNode>): Promise<void> {
    await this.#passUntil(Number.POSITIVE_INFINITY);
    await this.#compareNodes(nodes);
    const { part } = this;
    const { size, seq, counts, line_number: lineNumber, peaks } = this.#log;
    if (size !== this.#tree.size) {
      part.differ(`it is recorded as ${counted(size, 'leaf', 'leaves')}: ${this.#tree.size} there`);
    }
    if (!peaks.equals(Buffer.concat(this.#tree.peaks)))
      part.differ('its peaks are not those of it');
    if (seq !== this.#seq) part.differ(`it is recorded up to entry ${seq}, the last ${this.#seq}`);
    if (lineNumber !== this.#lineNumber) {
      part.differ(`its line number is ${lineNumber}, by the log ${this.#lineNumber}`);
    }
    if (!dequal(counts, this.#counts)) {
      part.differ(
        `its counts are ${JSON.stringify(counts)}, by the log ${JSON.stringify(this.#counts)}`,
      );
    }
    if (this.#behind > 0) {
      part.note(`${counted(this.#behind, 'entry', 'entries')} of the log are not in it yet.`);
    }
    part.compared =
      `${counted(this.#tree.size, 'leaf', 'leaves')} made again from the log, their hashes, ` +
      `${counted(this.#nodes.length, 'node')}, peaks and counts`;
  }

  async #compareNodes(kept: RowReader<AuditedNode>): Promise<void> {
    const expected = this.#nodes.toSorted((a, b) => a.level - b.level || a.index - b.index);
    for (const { level, index, hash } of expected) {
      const node = await kept.peek();
      const where = `node ${level}/${index}`;
      if (node?.level !== level || node.index !== index) {
        this.part.differ(`${where} is missing`);
        continue;
      }
      kept.pass();
      if (!equalHashes(node.hash, hash)) this.part.differ(`${where} is not that of its leaves`);
    }
    const spare = await kept.peek();
    if (spare !== undefined) this.part.differ(`node ${spare.level}/${spare.index} is too much`);
  }
}
