import { expect, it } from 'vitest';
import { groupRuns } from '../../src/db/projections/runs.ts';
import type { Entry } from '../../src/domain/entry.ts';

const batch = { uid: 'u', sale: 's', at: 0, epoch: 1, pos: 1, all: 1, t: [] };
const decide: Entry = { k: 'decide', job: 1, line: 0, out: '', batch };
const release: Entry = { k: 'release', sale: 's', ticket: 'u.0', hold: 1, cause: 'expired' };
const skip: Entry = { k: 'skip', job: 2, why: 'removed' };
const close: Entry = { k: 'close', sale: 's', cause: 'closed' };

/** The steps as text: their kind and the numbers of their entries. */
const shown = (entries: readonly Entry[]) =>
  groupRuns(entries.map((entry, seq) => ({ seq, entry }))).map((step) => {
    if (step.k === 'single') return `${step.entry.k} ${step.seq}`;
    const offering = step.k === 'releases' && step.offering ? ` offering ${step.offering.seq}` : '';
    return `${step.k} ${step.run.map(({ seq }) => seq).join(',')}${offering}`;
  });

it('groups batches and ends of holds that follow each other, in their order', () => {
  expect(shown([decide, decide, release, release, decide, close, close, release])).toEqual([
    'decides 0,1',
    'releases 2,3',
    'decides 4',
    'close 5',
    'close 6',
    'releases 7',
  ]);
  expect(shown([decide, skip, decide])).toEqual(['decides 0,2']);
});

it('ends a run at an end of a hold whose units are offered: the next may be of that ticket', () => {
  const offered: Entry = { ...release, offers: [2] };
  const more: Entry = { ...release, more: true };
  expect(shown([release, offered, release, more, release])).toEqual([
    'releases 0,1 offering 1',
    'releases 2,3 offering 3',
    'releases 4',
  ]);
});
