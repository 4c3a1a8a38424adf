import { globSync, readFileSync } from 'node:fs';
import { parseSync } from '@swc/core';
import { describe, expect, it } from 'vitest';
import { scrub } from '../../src/process/redaction.ts';

interface Pattern {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

/** Patterns that are put together when a process starts, from its settings alone. */
const MADE_AT_START = ['src/process/redis-address.ts', 'src/process/setting-kinds.ts'];

const FILES = globSync('src/**/*.{ts,tsx}').sort();
const found = FILES.map((file) => ({ file, ...patternsIn(file) }));
const PATTERNS: Pattern[] = found.flatMap(({ file, patterns }) =>
  MADE_AT_START.includes(file) ? [] : patterns.map((pattern) => ({ file, ...pattern })),
);

/** Every regular expression that a file writes down, and whether it makes one of a text. */
function patternsIn(file: string) {
  const patterns: { source: string; flags: string }[] = [];
  let makesOne = false;
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, pattern, flags, callee } = node as Record<string, unknown>;
    if (type === 'RegExpLiteral') patterns.push({ source: String(pattern), flags: String(flags) });
    if (type === 'NewExpression' || type === 'CallExpression') {
      makesOne ||= (callee as { value?: unknown }).value === 'RegExp';
    }
    for (const value of Object.values(node)) visit(value);
  };
  visit(
    parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript', tsx: file.endsWith('x') }).body,
  );
  return { patterns, makesOne };
}

/**
 * Texts that are hard to read for a pattern: what it names itself, over and over, with an end that
 * does not fit, and what stands in text anywhere.
 */
function hostileTo({ source }: Pick<Pattern, 'source'>): readonly string[] {
  const plain = source
    .replaceAll(/\\[sS]/g, ' ')
    .replaceAll(/\\[wW]/g, 'a')
    .replaceAll(/\\[dD]/g, '0')
    .replaceAll(/\\([^a-zA-Z])/g, '$1');
  const words = plain.match(/[\w:/@#=. -]+/g) ?? [];
  const signs = new Set(plain.match(/[^\w\s]/g));
  const pieces = new Set([...words, ...words.map((word) => `${word}a`), ...signs]);
  for (const sign of [...signs].slice(0, 12)) pieces.add(`a${sign}`);
  for (const piece of ['a', '0', ' ', 'a ', 'a.', '"', '\\', '\n', '%00']) pieces.add(piece);
  return [...pieces];
}

/** CPU time that a pattern takes for a text, in ms; other work of the machine does not count. */
function costOf({ source, flags }: Pick<Pattern, 'source' | 'flags'>, text: string): number {
  const pattern = new RegExp(source, flags);
  const before = process.threadCpuUsage();
  if (flags.includes('g')) text.replaceAll(pattern, '');
  else pattern.test(text);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

/** A piece over and over, with a beginning that fits no pattern's and an end that does not. */
const repeated = (piece: string, length: number) =>
  `${piece.repeat(Math.ceil(length / piece.length))}\u0001`;

/** CPU time in ms that reading 32 KB may take: a linear pattern takes less than one. */
const SHORT_MS = 50;
/** The same for a megabyte. */
const LONG_MS = 1_000;

/**
 * The text on which a pattern takes longer than it may, if there is one: all are tried short, for a
 * quadratic one would take minutes, and the dearest of them long.
 */
function hardFor(pattern: Pick<Pattern, 'source' | 'flags'>): string | undefined {
  let dearest = { piece: 'a', cost: 0 };
  for (const piece of hostileTo(pattern)) {
    for (const length of [1_000, 32_000]) {
      const cost = costOf(pattern, repeated(piece, length));
      if (cost > SHORT_MS) return piece;
      if (cost > dearest.cost) dearest = { piece, cost };
    }
  }
  const cost = costOf(pattern, repeated(dearest.piece, 1_000_000));
  return cost > LONG_MS ? dearest.piece : undefined;
}

describe('every regular expression of ours', () => {
  it('is found', () => {
    expect(PATTERNS.length).toBeGreaterThan(60);
    expect(PATTERNS.map(({ file }) => file)).toContain('src/process/redaction.ts');
  });

  it('is written down, or made at the start', () => {
    const made = found.filter(({ makesOne }) => makesOne).map(({ file }) => file);
    expect(made).toEqual(MADE_AT_START);
  });

  it('reads a megabyte of hostile text in linear time', () => {
    const hard = PATTERNS.flatMap((pattern) => {
      const text = hardFor(pattern);
      return text === undefined ? [] : [`${pattern.file} /${pattern.source}/ ${text}`];
    });
    expect(hard).toEqual([]);
  });

  it.each([
    ['a token, as it was looked for', String.raw`eyJ[\w-]{8,}\.[\w-]+`],
    ['ends that are looked for from everywhere', String.raw`\s+$`],
  ])('would be noticed otherwise (control): %s', (_, source) => {
    expect(hardFor({ source, flags: '' })).toBeDefined();
  });
});

it('a log line full of beginnings of tokens is scrubbed in linear time', () => {
  const before = process.threadCpuUsage();
  for (const piece of ['eyJ', 'eyJhbGciOi', 'eyJ.', 'eyJhbGciOiJI.', 'sk_', '_secret_', '#key=']) {
    expect(scrub(repeated(piece, 1_000_000)).length).toBeGreaterThan(0);
  }
  const { user, system } = process.threadCpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(10_000);
});
