import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const WEB = join(import.meta.dirname, '../../src/web');

// Styles loaded with one page stay loaded for every later page.
it('no class is styled by two files', () => {
  const files = new Map<string, Set<string>>();
  for (const file of globSync('**/*.css', { cwd: WEB })) {
    for (const name of ownClasses(readFileSync(join(WEB, file), 'utf8'))) {
      files.set(name, (files.get(name) ?? new Set()).add(file));
    }
  }
  expect(files.get('button')).toEqual(new Set(['kit/ui/button.css']));
  const shared = [...files].filter(([, of]) => of.size > 1);
  expect(shared.map(([name, of]) => `${name}: ${[...of].join(', ')}`)).toEqual([]);
});

it('finds the classes that begin a rule, inside a media query too, and no nested ones', () => {
  const css = `
    /* .no {} */
    .one, .two .no > a:hover { color: red; & .no { color: blue; } }
    h1.three { color: red; }
    @media (width < 40.5rem) { .four { & .no { color: red; } } }
    @keyframes no { from { opacity: 0; } }`;
  expect(ownClasses(css)).toEqual(['one', 'two', 'three', 'four']);
});

/** The first class of every top-level selector. */
function ownClasses(css: string): string[] {
  const found: string[] = [];
  let depth = 0;
  for (const [, prelude = '', end] of css
    .replace(/\/\*.*?\*\//gs, '')
    .matchAll(/([^{};]*)([{};])/g)) {
    const isAround = prelude.trim().startsWith('@');
    if (end === '}') depth = Math.max(0, depth - 1);
    if (end !== '{') continue;
    if (depth === 0 && !isAround) found.push(...prelude.split(',').flatMap(firstClass));
    // At-rules around rules do not nest them.
    if (depth > 0 || !isAround) depth++;
  }
  return found;
}

function firstClass(selector: string): string[] {
  const [, name] = /\.([a-z][\w-]*)/.exec(selector) ?? [];
  return name === undefined ? [] : [name];
}
