import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ShardKeys } from '../src/redis/keys.ts';

const PAGES = [...globSync('*.md'), ...globSync('docs/**/*.md')];
const DECISIONS = globSync('docs/decisions/[0-9]*.md').sort();

describe('the docs', () => {
  it.each(PAGES)('%s links to what is there', (page) => {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^[a-z]+:/.test(link));
    expect(links.filter((link) => !existsSync(join(dirname(page), link)))).toEqual([]);
  });

  it('number each decision once', () => {
    const numbers = DECISIONS.map((path) => /(\d{4})-[^/]+\.md$/.exec(path)?.[1]);
    expect(new Set(numbers).size).toBe(DECISIONS.length);
  });

  it.each(DECISIONS)('%s follows the template', (path) => {
    const page = readFileSync(path, 'utf8');
    const number = basename(path).slice(0, 4);
    expect(page).toMatch(
      new RegExp(
        `^# ${number}: .+\\n\\n\\*\\*Status:\\*\\* .+ · \\*\\*Date:\\*\\* \\d{4}-\\d\\d-\\d\\d\\n`,
      ),
    );
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(['Context', 'Decision', 'Alternatives', 'Cost']);
  });

  it('say what is kept in every table and under every key', () => {
    const told = readFileSync('docs/state.md', 'utf8');
    const schema = readFileSync('src/db/schema.sql', 'utf8');
    const tables = [...schema.matchAll(/^CREATE TABLE (\w+)/gm)].map(([, table = '']) => table);
    const keys = new ShardKeys(0);
    const names = [
      ...Object.values(keys),
      ...keys.requests('ID'),
      keys.solved('ID'),
      ...keys.at(1).all(['ID']),
    ].map((key) => String(key).replace(/^fairline:\{0\}:?(1:)?/, ''));
    const isTold = (name: string) => told.includes(`\`${name}\``) || name === 'requests:ID:1';
    expect([...tables, ...names].filter((name) => name !== '' && !isTold(name))).toEqual([]);
  });
});
