import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GrowingTree } from '../../src/proof/growing-tree.ts';
import {
  EMPTY_ROOT,
  type Hash,
  leafHash,
  nodeHash,
  proveConsistency,
  proveInclusion,
  type ReadNode,
  rootByInclusion,
  rootOf,
  rootsByConsistency,
} from '../../src/proof/merkle.ts';

/** The leaves of the vectors of Certificate Transparency's reference implementation. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657'].concat(
  '606162636465666768696a6b6c6d6e6f',
);
/** Its roots of the first 1 to 8 of them. */
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const hashes = (count: number) =>
  Array.from({ length: count }, (_, i) => leafHash(new TextEncoder().encode(`leaf ${i}`)));

/** The root by the definition of RFC 6962, with another implementation of SHA-256. */
function naiveRoot(all: readonly Hash[]): Hash {
  const [first] = all;
  if (first === undefined) return createHash('sha256').digest();
  if (all.length === 1) return first;
  let middle = 1;
  while (middle * 2 < all.length) middle *= 2;
  const [left, right] = [naiveRoot(all.slice(0, middle)), naiveRoot(all.slice(middle))];
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
}

const reader =
  (all: readonly Hash[]): ReadNode =>
  async (level, index) =>
    naiveRoot(all.slice(index * 2 ** level, (index + 1) * 2 ** level));

const size = fc.integer({ min: 1, max: 70 });
const hex = (hash: Hash) => hash.toHex();

describe('the Merkle tree', () => {
  it("has the roots of Certificate Transparency's test vectors", () => {
    const tree = new GrowingTree();
    const roots = LEAVES.map((leaf) => {
      tree.append(leafHash(Uint8Array.fromHex(leaf)));
      return hex(tree.root());
    });
    expect(roots).toEqual(ROOTS);
    expect(hex(EMPTY_ROOT)).toBe(createHash('sha256').digest('hex'));
  });

  it('has the root of the definition at every size, however it was continued', async () => {
    const all = hashes(300);
    let tree = new GrowingTree();
    for (const [i, hash] of all.entries()) {
      const nodes: [number, number][] = [];
      tree.append(hash, ({ level, index, hash: node }) => {
        nodes.push([level, index]);
        const covered = all.slice(index * 2 ** level, (index + 1) * 2 ** level);
        expect(hex(node)).toBe(hex(naiveRoot(covered)));
      });
      expect(nodes.length).toBe(Math.log2((i + 1) & -(i + 1)));
      if (i % 7 === 0) tree = new GrowingTree(tree.size, tree.peaks);
      if (i % 13 === 0) expect(hex(tree.root())).toBe(hex(naiveRoot(all.slice(0, i + 1))));
    }
    expect(hex(await rootOf(reader(all), 300))).toBe(hex(tree.root()));
  });

  it('proves that a leaf is in it, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), fc.nat(), async (count, at, other) => {
        const all = hashes(count);
        const root = hex(naiveRoot(all));
        const index = at % count;
        const leaf = all[index] ?? EMPTY_ROOT;
        const proof = await proveInclusion(reader(all), index, count);
        expect(hex(rootByInclusion(leaf, { index, size: count, proof }))).toBe(root);
        const forged = leafHash(new TextEncoder().encode('forged'));
        expect(hex(rootByInclusion(forged, { index, size: count, proof }))).not.toBe(root);
        if (proof.length > 0) {
          const changed = proof.with(other % proof.length, forged);
          expect(hex(rootByInclusion(leaf, { index, size: count, proof: changed }))).not.toBe(root);
        }
        const longer = [...proof, forged];
        expect(() => rootByInclusion(leaf, { index, size: count, proof: longer })).toThrow();
      }),
    );
  });

  it('proves that a log continues a smaller one, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(size, size, async (one, two) => {
        const [small, large] = [Math.min(one, two), Math.max(one, two)];
        const all = hashes(large);
        const root = naiveRoot(all.slice(0, small));
        const newRoot = naiveRoot(all);
        const sizes = { size: small, newSize: large };
        const proof = await proveConsistency(reader(all), small, large);
        const found = rootsByConsistency(proof, { ...sizes, root });
        expect([hex(found.root), hex(found.newRoot)]).toEqual([hex(root), hex(newRoot)]);
        const split = nodeHash(root, root);
        const forged = rootsByConsistency(proof, { ...sizes, root: split });
        const isFound = hex(forged.root) === hex(split) && hex(forged.newRoot) === hex(newRoot);
        expect(isFound).toBe(false);
        const longer = [...proof, split];
        expect(() => rootsByConsistency(longer, { ...sizes, root })).toThrow(RangeError);
      }),
    );
  });
});
