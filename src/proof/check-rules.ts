import { countEntry, type LogCounts, lineAfter, NO_COUNTS } from '../domain/log-counts.ts';
import { ShardModel } from '../domain/model.ts';
import { replayEntry } from '../domain/replay.ts';
import type { Finding } from './findings.ts';
import { decodeLeaf, type Leaf, LeafReader, type LoggedEntry } from './leaf.ts';

/** A ticket as the log has it. */
export interface LoggedTicket {
  /** Its line number; undefined for a repeat of an attempt. */
  readonly lineNumber: number | undefined;
  /** The letter of its decision. */
  readonly letter: string;
  readonly position: number;
  readonly acceptedAtMs: number;
  readonly leafIndex: number;
}

/** Replays a sale from the leaves of its public log, which are to be taken in order. */
export class RulesCheck {
  readonly findings: Finding[] = [];
  /** The decisions in order of their line numbers, a letter each. */
  readonly outcomes: string[] = [];
  counts: LogCounts = NO_COUNTS;
  lineNumber = 0;
  entries = 0;
  /** When the last ticket in the log was accepted, in ms since the epoch. */
  lastAcceptedMs = 0;
  readonly model = new ShardModel();
  readonly #reader = new LeafReader();
  readonly #sought: ReadonlySet<string>;
  readonly #found = new Map<string, LoggedTicket>();
  /** The sale of the first entry: all others are of it. */
  #sale: string | undefined;
  #isBroken = false;

  /** @param tickets to be looked for, by their names in the log */
  constructor(tickets: Iterable<string> = []) {
    this.#sought = new Set(tickets);
  }

  /** A ticket that was looked for, where the log has it. */
  find(ticket: string): LoggedTicket | undefined {
    return this.#found.get(ticket);
  }

  /** The sale that the log is of; undefined before its first entry. */
  get sale(): string | undefined {
    return this.#sale;
  }

  /** To be called behind the last leaf. */
  end(): void {
    if (this.#isBroken || !this.#reader.isInside) return;
    this.#break({ name: 'leaf_malformed', where: 'the last entry is not whole' });
  }

  /** Takes the next leaf. After the first that does not fit, the rest says nothing. */
  take(bytes: Uint8Array, leafIndex: number): void {
    if (this.#isBroken) return;
    try {
      const leaf = decodeLeaf(bytes);
      this.#seek(leaf, leafIndex);
      const logged = this.#reader.take(leaf);
      if (logged !== undefined) this.#replay(logged);
    } catch (error) {
      // Whatever it is (JSON nested too deep is a RangeError): the leaf is somebody else's.
      const why = error instanceof Error ? error.message : String(error);
      this.#break({ name: 'leaf_malformed', where: `leaf ${leafIndex}: ${why}` });
    }
  }

  #break(finding: Finding): void {
    this.findings.push(finding);
    this.#isBroken = true;
  }

  #replay({ seq, entry }: LoggedEntry): void {
    const { model } = this;
    const where = `entry ${seq} (${entry.k})`;
    const sale = entry.k === 'decide' ? entry.batch.sale : entry.sale;
    this.#sale ??= sale;
    if (sale !== this.#sale) {
      this.#break({ name: 'leaf_malformed', where: `${where} is of another sale` });
      return;
    }
    if (seq <= model.seq) {
      this.#break({ name: 'line_broken', where: `${where} comes behind entry ${model.seq}` });
      return;
    }
    if (entry.k === 'decide' && entry.job <= model.decided) {
      this.#break({ name: 'line_broken', where: `${where}: job ${entry.job} was passed` });
      return;
    }
    if (entry.k === 'decide' && entry.line !== this.lineNumber) {
      const behind = `begins behind line number ${entry.line}, the line ends at ${this.lineNumber}`;
      this.#break({ name: 'line_broken', where: `${where} ${behind}` });
      return;
    }
    const problem = replayEntry(model, { seq, entry });
    if (problem !== undefined) {
      this.#break({ name: 'outcome_wrong', where: `${where}: ${problem}` });
      return;
    }
    this.entries++;
    this.counts = countEntry(this.counts, entry);
    this.lineNumber = lineAfter(this.lineNumber, entry);
    if (entry.k !== 'decide') return;
    this.lastAcceptedMs = Math.max(this.lastAcceptedMs, entry.batch.at);
    this.outcomes.push(entry.out.replaceAll('R', ''));
  }

  #seek(leaf: Leaf, leafIndex: number): void {
    if (this.#sought.size === 0) return;
    for (const [name, ticket] of ticketsOf(leaf, leafIndex)) {
      if (this.#sought.has(name)) this.#found.set(name, ticket);
    }
  }
}

/** The tickets in a leaf, with their names. */
export function ticketsOf(leaf: Leaf, leafIndex: number): [name: string, ticket: LoggedTicket][] {
  if (!('entry' in leaf) || leaf.entry.k !== 'decide') return [];
  const { batch, line, out } = leaf.entry;
  const [from, of] = 'from' in leaf ? [leaf.from, leaf.of] : [0, out.length];
  let number = line;
  return [...out].map((letter, i) => {
    if (letter !== 'R') number++;
    const lineNumber = letter === 'R' ? undefined : number;
    const position = batch.pos - of + from + i + 1;
    const ticket = { lineNumber, letter, position, acceptedAtMs: batch.at, leafIndex };
    return [`${batch.uid}.${from + i}`, ticket];
  });
}
