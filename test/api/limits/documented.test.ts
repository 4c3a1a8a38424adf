import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.ts';

/** The rows of the tables of a page, cell by cell. */
function rowsOf(page: string): string[][] {
  const text = readFileSync(join(import.meta.dirname, '../../../docs', page), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

const COUNTED = {
  line: 'over all processes, in line',
  system: 'over all processes',
  process: 'by each process',
} as const;

describe('the docs of limits', () => {
  it('have a row per limit and no other, as it is', () => {
    const rows = rowsOf('limits.md').map(([policy, , , fallback, window, counted, variable]) => {
      return { policy, fallback, window, counted, variable };
    });
    expect(rows).toEqual(
      Object.values(LIMITS).map(({ policy, fallback, windowSeconds, scope, variable }) => ({
        policy: `\`${policy}\``,
        fallback: String(fallback),
        window: `${windowSeconds} s`,
        counted: COUNTED[scope],
        variable: `\`${variable}\``,
      })),
    );
  });

  it('tell the setting of each limit with its default', () => {
    const settings = rowsOf('settings.md').filter(([name]) =>
      /RATE_LIMIT_\w+_PER_/.test(name ?? ''),
    );
    const told = settings.map(([name, fallback, part]) => ({ name, fallback, part }));
    const limits = Object.values(LIMITS).map(({ variable, fallback }) => {
      const part = variable === 'RATE_LIMIT_MAILS_PER_ADDRESS' ? 'worker' : 'API';
      return { name: `\`${variable}\``, fallback: String(fallback), part };
    });
    expect(told).toHaveLength(limits.length);
    expect(told).toEqual(expect.arrayContaining(limits));
  });
});
