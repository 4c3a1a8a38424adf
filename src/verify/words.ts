import { type Outcome, outcomeOf } from '../domain/outcome.ts';
import { FINDINGS, type Finding } from '../proof/findings.ts';
import type { ReceiptVerdict, Verdict } from '../proof/verify.ts';

/** A decision in words, by its status. */
const DECISIONS: Record<Outcome['status'], string> = {
  held: 'held',
  waitlisted: 'waitlisted',
  sold_out: 'sold out',
  rejected: 'rejected',
  cancelled: 'cancelled',
};

/** A decision by the name under which it is counted. */
type DecisionName = Outcome['status'];

/** The decisions in the order in which they are told. */
const DECISION_NAMES = Object.keys(DECISIONS) as DecisionName[];

/**
 * The decision that a letter stands for.
 *
 * @throws Error for a letter that is none, or that of a repeat
 */
export function decisionOf(letter: string): DecisionName {
  const outcome = outcomeOf(letter);
  if (outcome === undefined) throw new Error('a repeat has no decision');
  return outcome.status;
}

/** A decision in words: `sold out`. */
export function decisionInWords(name: DecisionName): string {
  return DECISIONS[name];
}

/** Tickets of one decision. */
export interface Share {
  readonly name: DecisionName;
  readonly count: number;
  /** The first and the last of their line numbers. */
  readonly first: number;
  readonly last: number;
}

/**
 * The decisions that a line has, each with how many there are.
 *
 * @param outcomes the letters of the decisions, in order of their line numbers from 1 on
 */
export function sharesOf(outcomes: string): Share[] {
  const shares = new Map<DecisionName, Share>();
  for (let i = 0; i < outcomes.length; i++) {
    const name = decisionOf(outcomes.charAt(i));
    const { count = 0, first = i + 1 } = shares.get(name) ?? {};
    shares.set(name, { name, count: count + 1, first, last: i + 1 });
  }
  return DECISION_NAMES.flatMap((name) => shares.get(name) ?? []);
}

/** `1 ticket`, `2,000 tickets`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** A number with thousands separators. */
export function grouped(count: number): string {
  return count.toLocaleString('en');
}

/** What is wrong, in plain words. */
export function findingInWords({ name, where }: Finding): string {
  return `${FINDINGS[name]} (${where}).`;
}

/** What was checked and found in order, a sentence each. */
export function soundness({ entries, outcomes, lineNumber }: Verdict): string[] {
  return [
    'The checkpoint is signed by the key of the shop.',
    'All that it covers is there, and hashes to its root: nothing was changed, dropped or moved.',
    `Played again by the rules, ${counted(entries, 'entry', 'entries')} of the journal give the ` +
      `same ${counted(outcomes.length, 'outcome')}.`,
    lineNumber === 0
      ? 'Nobody was decided yet.'
      : `Tickets were decided in the order of the line, numbered from 1 to ${grouped(lineNumber)}.`,
  ];
}

/** What became of a receipt, in a sentence or two. */
export function receiptInWords({ promise, found, isPending }: ReceiptVerdict): string {
  const promised =
    promise === undefined
      ? 'No promise can be read in it.'
      : `It was promised place ${grouped(promise.position)} in line, at ${promise.acceptedAt}.`;
  if (found !== undefined) return `${promised} ${placeInWords(found)}`;
  if (!isPending) return promised;
  return `${promised} It is not in the log yet; that is still in time.`;
}

function placeInWords({
  lineNumber,
  letter,
  leafIndex,
}: NonNullable<ReceiptVerdict['found']>): string {
  const leaf = `(leaf ${grouped(leafIndex)})`;
  if (lineNumber === undefined) {
    return `It is in the log ${leaf}: it repeats an attempt, which has the number.`;
  }
  const decision = decisionInWords(decisionOf(letter));
  return `It is in the log ${leaf}: number ${grouped(lineNumber)} in line, ${decision}.`;
}
