import { type AuditReport, isSound } from './audit.ts';
import { counted, type Part } from './part.ts';

/** Columns of the names of parts. */
const NAME_COLUMNS = 16;

/** What an audit found, as a page for people. */
export function formatReport(report: AuditReport, at: Date): string {
  const { sale, name, shard, counts, units, inversions, drift, publicLog } = report;
  const { available, held, sold } = units;
  const total = available + held + sold;
  const lines = [
    `Audit of sale ${sale}, "${name}", shard ${shard}, ${at.toISOString()}`,
    '',
    row('Tickets', `${n(counts.decided)} decided, line numbers ${firstAndLast(report.tickets)}`),
    row('', `${n(counts.held)} held at their turn, ${n(counts.waitlisted)} waitlisted`),
    row('', `${n(counts.soldOut)} sold out, ${n(counts.rejected)} rejected`),
    row('', `${n(counts.cancelled)} cancelled`),
    row('Winners', `${n(report.winners)}: ${n(counts.paid)} paid, ${n(counts.refunded)} refunded`),
    row('Units', `${n(total)}: ${n(available)} available, ${n(held)} held, ${n(sold)} sold`),
    row('Inversions', n(inversions)),
    row('Drift', drift === undefined ? 'not compared' : n(drift)),
    row('Public log', publicLog === undefined ? 'empty' : leavesOf(publicLog)),
    ...(publicLog === undefined ? [] : [row('', `root ${publicLog.root}`)]),
    '',
    ...report.parts.flatMap(formatPart),
    '',
    verdictOf(report),
  ];
  return `${lines.join('\n')}\n`;
}

/** The same for machines. */
export function toJson(report: AuditReport, at: Date): string {
  const parts = report.parts.map(({ name, compared, notes, difference, differences }) => {
    return { name, isSound: difference === undefined, compared, notes, difference, differences };
  });
  const { drift = null, publicLog = null } = report;
  return JSON.stringify(
    { isSound: isSound(report), at, ...report, drift, publicLog, parts },
    undefined,
    2,
  );
}

function leavesOf({ size }: NonNullable<AuditReport['publicLog']>): string {
  return counted(size, 'leaf', 'leaves');
}

function formatPart({ name, compared, notes, difference, differences }: Part): string[] {
  const more = differences > 1 ? ` (and ${n(differences - 1)} more)` : '';
  const found = difference === undefined ? (compared === '' ? '-' : 'ok') : 'DIFFERENT';
  const words = difference === undefined ? compared : `${difference}${more}`;
  return [
    row(name, `${found}${words === '' ? '' : `  ${words}`}`),
    ...notes.map((note) => row('', note)),
  ];
}

function verdictOf(report: AuditReport): string {
  if (isSound(report)) return 'All is as it should be.';
  const wrong = report.parts.filter(({ difference }) => difference !== undefined).length;
  return `${counted(wrong, 'part')} not as it should be.`;
}

function firstAndLast(last: number): string {
  return last === 0 ? 'none' : `1 to ${n(last)}`;
}

function row(name: string, words: string): string {
  return `${name.padEnd(NAME_COLUMNS)}${words}`.trimEnd();
}

function n(count: number): string {
  return count.toLocaleString('en');
}
