import { describe, expect, it } from 'vitest';
import type { DecideEntry } from '../../src/domain/entry.ts';
import { MAX_ITEMS } from '../../src/domain/items.ts';
import { MAX_PRODUCTS } from '../../src/domain/sale.ts';
import {
  decodeLeaf,
  LeafReader,
  leavesOf,
  type PublicEntry,
  publicEntry,
} from '../../src/proof/leaf.ts';
import { tagsOf } from '../../src/public-log/tags.ts';

const BUNDLE_ENTRY_MAX = 65_535;
const salt = Buffer.alloc(32, 7);

/** The longest batch that there can be: every ticket asks for as much as it may, in long words. */
function longBatch(tickets: number): DecideEntry {
  const items = Array.from({ length: MAX_ITEMS }, (_, i) => `${80 + i}x1000000`).join('-');
  const uid = 'u'.repeat(22);
  const ref = `${uid}.999.9007199254740991.9007199254740991.999999.${items}.${'k'.repeat(22)}`;
  const t = Array.from(
    { length: tickets },
    (_, i) => [`buyer ${i}`, items, `key ${i}`, `from ${i},to ${i}`] as const,
  );
  return {
    k: 'decide',
    job: 9,
    line: 100,
    out: 'HDRS'.repeat(tickets).slice(0, tickets),
    refs: Object.fromEntries(t.map((_, i) => [i, ref])),
    batch: { uid, sale: 's', at: 1_000, epoch: 1, pos: tickets, all: tickets, t },
  };
}

const read = (leaves: readonly Uint8Array[]) => {
  const reader = new LeafReader();
  return leaves.flatMap((leaf) => reader.take(decodeLeaf(leaf)) ?? []);
};

describe('a leaf', () => {
  const words = 'ä"\\\n😀\u2028'.repeat(800);
  const product = {
    id: 'p',
    name: words,
    description: words,
    amount: 1,
    currency: 'eur',
    stock: 1,
  };
  const manyPassed = Array.from({ length: 20_000 }, (_, i) => 1_000_000 + i);
  it.each<[string, PublicEntry]>([
    ['a batch of 1,000 long tickets', longBatch(1_000)],
    ['a product with as much text as there can be', { k: 'product', sale: 's', index: 0, product }],
    ['an offer that passed 20,000 tickets', { k: 'offer', sale: 's', passed: manyPassed }],
    [
      'a sale with all its products',
      {
        ...{ k: 'load', sale: 's', starts: 0, ends: 1, limit: 1, holdMs: 1 },
        stock: Array.from({ length: MAX_PRODUCTS }, () => 1_000_000),
      },
    ],
  ])('of %s fits in a bundle, and together they are the entry', (_, entry) => {
    const tagged = publicEntry(entry, tagsOf(salt));
    const leaves = leavesOf(7, tagged);
    for (const leaf of leaves) expect(leaf.length).toBeLessThanOrEqual(BUNDLE_ENTRY_MAX);
    expect(read(leaves)).toEqual([{ seq: 7, entry: tagged }]);
  });

  it('of a part of a batch can be read alone: it begins with the line number before it', () => {
    const leaves = leavesOf(7, longBatch(1_000)).map(decodeLeaf);
    expect(leaves.length).toBeGreaterThan(10);
    let line = 100;
    let from = 0;
    for (const leaf of leaves) {
      if (!('from' in leaf)) throw new Error('not a part');
      expect(leaf).toMatchObject({ from, of: 1_000, entry: { line } });
      from += leaf.entry.out.length;
      line += leaf.entry.out.replaceAll('R', '').length;
    }
    expect([from, line]).toEqual([1_000, 850]);
  });

  it.each([
    ['missing', (leaves: Uint8Array[]) => leaves.toSpliced(1, 1)],
    ['twice', (leaves: Uint8Array[]) => leaves.toSpliced(1, 0, ...leaves.slice(1, 2))],
    ['swapped', ([a, b, ...rest]: Uint8Array[]) => [...(a && b ? [b, a] : []), ...rest]],
  ])('that is %s among the parts of a batch is noticed', (_, forge) => {
    const leaves = forge(leavesOf(7, longBatch(1_000)));
    expect(() => read(leaves)).toThrow('a part of a batch is missing');
  });
});

describe('a tag', () => {
  it('is equal where the value is, in one sale, and for one kind of value', () => {
    const tag = tagsOf(salt);
    expect(tag('buyer', 'ann')).toBe(tagsOf(salt)('buyer', 'ann'));
    expect(tag('buyer', 'ann')).toMatch(/^[\w-]{22}$/);
    const others = [
      tag('buyer', 'bob'),
      tag('key', 'ann'),
      tagsOf(Buffer.alloc(32))('buyer', 'ann'),
    ];
    expect(new Set([tag('buyer', 'ann'), ...others]).size).toBe(4);
    expect(tag('key', '')).toBe('');
  });

  it('equals no other once the salt was erased', () => {
    expect(tagsOf(null)('buyer', 'ann')).not.toBe(tagsOf(null)('buyer', 'ann'));
  });
});
