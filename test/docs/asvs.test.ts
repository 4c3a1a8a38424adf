import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const standard = JSON.parse(read('test/docs/asvs-5.0.0.json')) as {
  readonly level1: readonly string[];
  readonly level2: readonly string[];
};
const page = read('docs/asvs.md');

const STATUSES = ['met', 'n/a', 'not met'] as const;

interface Row {
  readonly id: string;
  readonly cells: readonly string[];
}

/** The rows of all tables whose first cell matches, with their other cells. */
function rowsOf(first: RegExp): Row[] {
  return page.split('\n').flatMap((line) => {
    const [id = '', ...cells] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return first.test(id) ? [{ id, cells }] : [];
  });
}

const requirements = rowsOf(/^V\d/);
const risks = rowsOf(/^API\d/);

/** The tests that a row names: files, each with its titles. */
const testsOf = ({ cells }: Row) =>
  [...(cells.at(-1) ?? '').matchAll(/`([^`]+)` ((?:“[^”]+”(?:, )?)+)/g)].flatMap(
    ([, file = '', titles = '']) =>
      [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({ file, title })),
  );

describe('the table of ASVS', () => {
  it('has each requirement of levels 1 and 2 once, in order, and no other', () => {
    const { level1, level2 } = standard;
    expect([level1.length, level2.length]).toEqual([70, 183]);
    const levels = new Map([
      ...level1.map((id) => [`V${id}`, '1'] as const),
      ...level2.map((id) => [`V${id}`, '2'] as const),
    ]);
    const numbers = (id: string) => id.slice(1).split('.').map(Number);
    const ordered = [...levels].toSorted(([one], [other]) => {
      const [a, b] = [numbers(one), numbers(other)];
      const at = a.findIndex((number, index) => number !== b[index]);
      return (a[at] ?? 0) - (b[at] ?? 0);
    });
    expect(requirements.map(({ id, cells }) => [id, cells[0]])).toEqual(ordered);
  });

  it('says of each whether it is met: by which test, or why not', () => {
    for (const row of requirements) {
      const [, what, status, reason] = row.cells;
      expect([row.id, STATUSES]).toEqual([row.id, expect.arrayContaining([status])]);
      expect([row.id, what, reason]).not.toContain('');
      if (status === 'met') expect([row.id, testsOf(row).length]).not.toContain(0);
    }
  });

  it('counts them', () => {
    for (const level of ['1', '2']) {
      const own = requirements.filter(({ cells }) => cells[0] === level);
      const counts = STATUSES.map(
        (status) => own.filter(({ cells }) => cells[2] === status).length,
      );
      expect(page).toContain(`| level ${level} | ${counts.join(' | ')} |`);
    }
  });
});

describe('the table of the API Security Top 10', () => {
  it('has the ten, with tests of each', () => {
    expect(risks.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, i) => `API${i + 1}`));
    expect(risks.filter((row) => testsOf(row).length === 0)).toEqual([]);
  });
});

describe('the tests that are named', () => {
  it('are there, by file and title', () => {
    const named = [...requirements, ...risks].flatMap((row) =>
      testsOf(row).map((test) => ({ id: row.id, ...test })),
    );
    expect(named.length).toBeGreaterThan(100);
    const isThere = ({ file, title }: (typeof named)[number]) =>
      /^test\/.+\.test\.ts$/.test(file) && existsSync(join(ROOT, file)) && isTitle(file, title);
    expect(named.filter((one) => !isThere(one))).toEqual([]);
    const cut = { id: 'control', file: 'test/docs/asvs.test.ts', title: 'are there, by file' };
    expect(isThere(cut)).toBe(false);
  });

  it('are all read: nothing in their column is passed over', () => {
    for (const row of [...requirements, ...risks]) {
      const titles = row.cells.at(-1)?.match(/“/g)?.length ?? 0;
      expect([row.id, testsOf(row).length]).toEqual([row.id, titles]);
    }
  });
});

/** Whether the file has a test or a group with this title, between quotes of any kind. */
function isTitle(file: string, title: string): boolean {
  const source = read(file);
  return ["'", '"', '`'].some((quote) => source.includes(`(${quote}${title}${quote}, `));
}
