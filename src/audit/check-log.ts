import { type AuditedEntry, type AuditedSale, findGap } from '../db/audit-reads.ts';
import type { Tx } from '../db/client.ts';
import type { Entry } from '../domain/entry.ts';
import { countEntry, NO_COUNTS } from '../domain/log-counts.ts';
import { ShardModel } from '../domain/model.ts';
import { replayEntry } from '../domain/replay.ts';
import { isEntryKind } from './effects.ts';
import { counted, Part } from './part.ts';
import { differenceOf } from './table-check.ts';

/** Checks that the log of a sale is whole and of the form that it must have. */
export class LogCheck {
  readonly part = new Part('log');
  entries = 0;
  #first = 0;
  #last = 0;

  /** Reads an entry; undefined, and told, when it is none. */
  take(row: AuditedEntry, sale: string): Entry | undefined {
    const { seq } = row;
    if (this.entries === 0) this.#first = seq;
    this.entries++;
    this.#last = seq;
    const entry = entryOf(row.entry);
    if (entry === undefined) {
      this.part.differ(`entry ${seq} is no entry that a script writes`);
      return undefined;
    }
    const isBatch = entry.k === 'decide';
    const difference = differenceOf(
      { ...row, sale },
      {
        kind: entry.k,
        sale: isBatch ? entry.batch.sale : 'sale' in entry ? entry.sale : undefined,
        batch_uid: isBatch ? entry.batch.uid : null,
        job: isBatch ? entry.job : null,
      },
    );
    if (difference !== undefined) this.part.differ(`the row of entry ${seq}: ${difference}`);
    return entry;
  }

  /** Looks for entries that are missing between the first and the last. */
  async end(tx: Tx, sale: AuditedSale): Promise<void> {
    const { shard, last_seq: recorded } = sale;
    const last = Math.max(this.#last, recorded ?? 0);
    if ((recorded ?? 0) !== this.#last) {
      this.part.differ(`its last entry is ${this.#last}, the sale has entry ${recorded}`);
    }
    const gap =
      this.entries === 0 ? undefined : await findGap(tx, shard, { from: this.#first, to: last });
    if (gap !== undefined) this.part.differ(`entry ${gap} of shard ${shard} is missing`);
    this.part.compared =
      `${counted(this.entries, 'entry', 'entries')}, ${this.#first} to ${this.#last} of shard ` +
      `${shard}, none missing between`;
  }
}

function entryOf(text: string): Entry | undefined {
  try {
    const entry: unknown = JSON.parse(text);
    if (typeof entry !== 'object' || entry === null || !('k' in entry)) return undefined;
    if (!isEntryKind(entry.k)) return undefined;
    countEntry(NO_COUNTS, entry as Entry); // throws for letters that no script writes
    return entry as Entry;
  } catch {
    return undefined;
  }
}

/** Replays the log of one sale through the model, outcome by outcome (I10). */
export class ReplayCheck {
  readonly part = new Part('rules');
  readonly model = new ShardModel();
  #entries = 0;
  #tickets = 0;

  /** Takes the next entry. Behind the first that differs the rest says nothing. */
  take(seq: number, entry: Entry): void {
    if (this.part.difference !== undefined) return;
    const where = `entry ${seq} (${entry.k})`;
    const { model } = this;
    if (entry.k === 'decide' && entry.job <= model.decided) {
      this.part.differ(`${where}: job ${entry.job} comes behind job ${model.decided}`);
      return;
    }
    const problem = replayEntry(model, { seq, entry });
    if (problem !== undefined) this.part.differ(`${where}: ${problem}`);
    this.#entries++;
    if (entry.k === 'decide') this.#tickets += entry.out.length;
  }

  end(): void {
    this.part.compared =
      `${counted(this.#entries, 'entry', 'entries')} with ${counted(this.#tickets, 'ticket')} ` +
      'replayed through the model';
  }
}
