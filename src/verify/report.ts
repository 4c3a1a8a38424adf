import { toBase64 } from '../proof/base64.ts';
import { FINDINGS } from '../proof/findings.ts';
import { formatVkey, type VerifierKey } from '../proof/note.ts';
import type { Verdict } from '../proof/verify.ts';
import { counted, decisionInWords, grouped, receiptInWords, sharesOf, soundness } from './words.ts';

/** What was asked of the verifier, as far as its report tells of it. */
interface Asked {
  readonly keys: readonly VerifierKey[];
  /** Whether the keys came with the log, and not from whoever asks. */
  readonly areTheirs: boolean;
  /** How many witnesses were named. */
  readonly witnesses: number;
  /** The names of the receipts, in order. */
  readonly receipts: readonly string[];
}

/** A verdict as lines of text. */
export function reportOf(verdict: Verdict, asked: Asked): string[] {
  const { checkpoint, follows, findings } = verdict;
  if (checkpoint === undefined) return wrongOf(verdict);
  return [
    `The public log ${checkpoint.origin}`,
    `  ${counted(checkpoint.size, 'leaf', 'leaves')}, root ${toBase64(checkpoint.root)}`,
    ...(follows === undefined
      ? []
      : [`  It begins anew: ${follows.origin} had ${counted(follows.size, 'leaf', 'leaves')}.`]),
    ...keysOf(asked),
    ...witnessesOf(verdict, asked),
    '',
    ...lineOf(verdict),
    ...verdict.receipts.map((receipt, i) => {
      return `${asked.receipts[i] ?? receipt.ticket}: ${receiptInWords(receipt)}`;
    }),
    '',
    ...(findings.length === 0 ? soundness(verdict) : wrongOf(verdict)),
  ];
}

function keysOf({ keys, areTheirs }: Asked): string[] {
  const whose = areTheirs
    ? '  Verified with the key that came with it; compare it with one that you know, or name ' +
      'that with --key:'
    : '  Verified with your key:';
  const lines = keys.map(({ name, algorithm, key }) => `    ${formatVkey(name, algorithm, key)}`);
  return [whose, ...(lines.length === 0 ? ['    none'] : lines)];
}

function witnessesOf({ cosignedBy }: Verdict, { witnesses }: Asked): string[] {
  if (witnesses === 0) return [];
  return [`  Cosigned by ${cosignedBy.length} of ${witnesses}: ${cosignedBy.join(', ') || 'none'}`];
}

function lineOf({ outcomes, counts }: Verdict): string[] {
  const shares = sharesOf(outcomes).map(({ name, count, first, last }) => {
    const range =
      first === last ? `number ${grouped(first)}` : `${grouped(first)}–${grouped(last)}`;
    return `  ${grouped(count)} ${decisionInWords(name)} (${range})`;
  });
  return [
    `${counted(outcomes.length, 'ticket')}, in the order of the line:`,
    ...shares,
    `  ${counted(counts.paid, 'order')} paid, ${grouped(counts.refunded)} refunded`,
  ];
}

function wrongOf({ findings }: Verdict): string[] {
  return [
    `${counted(findings.length, 'finding')}: this log is not what it should be.`,
    ...findings.map(({ name, where }) => `  ${name}: ${where}\n    ${FINDINGS[name]}.`),
  ];
}
