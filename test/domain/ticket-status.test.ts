import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ORDER_TRANSITIONS,
  TICKET_STATUSES,
  TICKET_TRANSITIONS,
} from '../../src/domain/ticket-status.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/states.md'), 'utf8');

describe('docs/states.md', () => {
  it.each([
    ['Ticket', TICKET_TRANSITIONS],
    ['Order', ORDER_TRANSITIONS],
  ])('draws what may follow what for a %s', (title, transitions) => {
    const expected = Object.entries<readonly string[]>(transitions).flatMap(([from, next]) =>
      next.map((to) => `${from} --> ${to}`),
    );
    expect(drawnIn(title).toSorted()).toEqual(expected.toSorted());
  });

  it('says what every status of a ticket means', () => {
    const told = [...PAGE.matchAll(/^\| `(\w+)` \|/gm)].map(([, status]) => status);
    expect(told.toSorted()).toEqual([...TICKET_STATUSES].toSorted());
  });
});

/** The arrows of the picture below a heading, the first one left out. */
function drawnIn(title: string): string[] {
  const [, section = ''] = PAGE.split(`\n## ${title}\n`);
  const [, picture = ''] = section.split('```');
  return picture
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes('-->') && !line.startsWith('[*]'));
}
