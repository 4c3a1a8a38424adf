import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const CODE = find(
  '{src,demo,stand-in,bench,scripts,test,lua}/**/*.{ts,tsx,mjs,lua,css}',
  '*.{ts,mjs}',
);
/** This file has to name what it looks for. */
const SCRIPTS = CODE.filter((file) => /\.(ts|tsx|mjs)$/.test(file) && file !== 'test/tidy.test.ts');
const PAGES = find('*.md', 'docs/**/*.md');
const OTHERS = find('*.yml', '.ci/run', 'Dockerfile', 'src/web/index.html');

/** Files that may be longer than the rest, and why. */
const LONG_FILES = new Map([
  ['src/domain/model.ts', 'it is one thing, the oracle, read from top to bottom'],
]);

/** Lists of words that mean different things though they look alike, and why. */
const ALIKE = new Map<string, string>([]);

describe('the code keeps its shape', () => {
  // The rules are data: .dependency-cruiser.mjs and knip.jsonc.
  it.each(['lint:imports', 'lint:unused'])(
    'npm run %s finds nothing',
    async (command) => {
      expect(await run(command)).toBe('');
    },
    60_000,
  );

  it('files have at most 400 lines', () => {
    const long = CODE.filter((file) => linesOf(file).length > 400);
    expect(long.filter((file) => !LONG_FILES.has(file))).toEqual([]);
  });

  it('no text becomes code, HTML or a command', () => {
    const evaluates = /(?<!redis\.)\beval\(|new Function\(|document\.write|child_process/;
    const writesHtml = /innerHTML|outerHTML|insertAdjacentHTML/i;
    const isSink = (text: string) => evaluates.test(text) || writesHtml.test(text);
    const shipped = SCRIPTS.filter((file) => file.startsWith('src/'));
    expect(shipped.filter((file) => isSink(read(file)))).toEqual([]);
    expect(isSink('<p dangerouslySetInnerHTML={{ __html: text }} />')).toBe(true); // control
    expect(isSink('globalThis.eval(text)')).toBe(true);
  });

  // Biome breaks code but not comments. Literals of one line, and tables, links and code of pages
  // cannot be broken.
  it('lines have at most 100 columns', () => {
    const wide = [...CODE, ...OTHERS].flatMap((file) => wideLines(file, breakable(linesOf(file))));
    const widePages = PAGES.flatMap((file) => wideLines(file, proseOf(file)));
    expect([...wide, ...widePages]).toEqual([]);
  });

  it('every cast through unknown says why', () => {
    const silent = SCRIPTS.flatMap((file) =>
      linesOf(file).flatMap((line, index, lines) => {
        if (!/\bas unknown as\b/.test(line) || line.trim().startsWith('//')) return [];
        const isExplained = /\/\/ \S/.test(line) || /^\s*(\/\/|\*)/.test(lines[index - 1] ?? '');
        return isExplained ? [] : [`${file}:${index + 1}`];
      }),
    );
    expect(silent).toEqual([]);
  });

  it('every enumeration is stated once', () => {
    const places = new Map<string, string[]>();
    for (const file of SCRIPTS.filter((name) => /^src\/(?!db\/migrations)/.test(name))) {
      for (const words of enumerationsOf(read(file))) {
        places.set(words, [...(places.get(words) ?? []), file]);
      }
    }
    const repeated = [...places].filter(([words, files]) => files.length > 1 && !ALIKE.has(words));
    expect(repeated.map(([words, files]) => `${words}: ${files.join(', ')}`)).toEqual([]);
  });

  it('no docstring is left above another', () => {
    const orphans = SCRIPTS.filter((file) => /^[ \t]*\*\/\s*^[ \t]*\/\*\*/m.test(read(file)));
    expect(orphans).toEqual([]);
  });

  it('nothing is put off', () => {
    expect(SCRIPTS.filter((file) => /\b(TODO|FIXME)\b/.test(read(file)))).toEqual([]);
  });
});

/** Runs a script of package.json; gives what it printed where it failed. */
async function run(script: string): Promise<string> {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const [program = '', ...args] = (scripts[script] ?? '').split(' ');
  const path = join(ROOT, 'node_modules/.bin', program);
  return promisify(execFile)(path, args, { cwd: ROOT }).then(
    () => '',
    (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
  );
}

function find(...patterns: string[]): string[] {
  return globSync(patterns, { cwd: ROOT }).sort();
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function linesOf(file: string): string[] {
  return read(file).trimEnd().split('\n');
}

/** The lines of a page, empty where they cannot be wrapped: code, tables, headings, bare links. */
function proseOf(file: string): string[] {
  let isCode = false;
  return linesOf(file).map((line) => {
    if (line.startsWith('```')) isCode = !isCode;
    return isCode || /^\s*(\||#|<|```|\S+$)/.test(line) ? '' : line;
  });
}

/** Lines, empty where they are nothing but one literal of text. */
function breakable(lines: readonly string[]): string[] {
  return lines.map((line) => (/^\s*(return )?(['"`]).*\2[,;]?( \+)?$/.test(line) ? '' : line));
}

function wideLines(file: string, lines: readonly string[]): string[] {
  return lines.flatMap((line, index) =>
    [...line].length > 100 ? [`${file}:${index + 1}: ${[...line].length}`] : [],
  );
}

/**
 * Constant lists, lists of zod and unions of three words and more, each as its words in the order
 * of the alphabet. Unions that pick properties of a type are none.
 */
function enumerationsOf(source: string): string[] {
  const lists = source.matchAll(/(?:\.enum\()?\[\s*('\w+'(?:\s*,\s*'\w+')+),?\s*\](?: as const)?/g);
  const unions = source.matchAll(/(?<!(?:Pick|Omit)<[^>]*)'\w+'(?:\s*\|\s*'\w+')+/g);
  return [...lists, ...unions]
    .filter(([text]) => !text.startsWith('[') || text.endsWith(' as const'))
    .map(([text]) => [...new Set([...text.matchAll(/'(\w+)'/g)].map(([, word]) => word))].sort())
    .filter((words) => words.length >= 3)
    .map((words) => words.join(' '));
}
