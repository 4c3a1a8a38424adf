import type { EntryKind, EntryOf, Offers, Sequenced } from '../../domain/entry.ts';
import type { Decided } from './decide.ts';
import type { Released } from './release.ts';

/** Kinds that are projected one by one: runs are grouped, and a skipped job changes no sale. */
export type SingleKind = Exclude<EntryKind, 'decide' | 'release' | 'skip'>;

/** Entries that are projected together. */
export type Step =
  | { readonly k: 'decides'; readonly run: Decided[] }
  | {
      readonly k: 'releases';
      readonly run: Released[];
      /** The last of the run, where it also offers units to waiting tickets. */
      offering?: Released;
    }
  | { readonly k: 'single'; readonly seq: number; readonly entry: EntryOf<SingleKind> };

/**
 * Groups consecutive entries: batches share a statement, and so do ends of holds, up to one whose
 * units are offered to waiting tickets. Their order stays; skipped jobs are left out.
 */
export function groupRuns(entries: readonly Sequenced[]): Step[] {
  const steps: Step[] = [];
  for (const { seq, entry } of entries) {
    const last = steps.at(-1);
    if (entry.k === 'skip') continue;
    if (entry.k === 'decide') {
      if (last?.k === 'decides') last.run.push({ seq, entry });
      else steps.push({ k: 'decides', run: [{ seq, entry }] });
    } else if (entry.k === 'release') {
      const isOpen = last?.k === 'releases' && last.offering === undefined;
      const step: Extract<Step, { k: 'releases' }> = isOpen ? last : { k: 'releases', run: [] };
      if (!isOpen) steps.push(step);
      step.run.push({ seq, entry });
      if (!offersNothing(entry)) step.offering = { seq, entry };
    } else {
      steps.push({ k: 'single', seq, entry });
    }
  }
  return steps;
}

function offersNothing({ offers = [], over = [], more }: Offers): boolean {
  return offers.length === 0 && over.length === 0 && more === undefined;
}
