import type { ShardDue } from '../../db/shard-looks.ts';
import type { Shard } from '../../line/shard.ts';

/** What a look at a shard found. */
export interface Look extends ShardDue {
  /** Entries wait in the journal. */
  readonly hasJournal: boolean;
  /** A hold has ended by Postgres's clock. */
  readonly isDeadlineOver: boolean;
}

/**
 * Work that a worker process does for a shard when a look finds it due. What fails stays due, and
 * the next look finds it again. Runs for one shard never overlap within a process; any number of
 * processes may run the same sweep.
 */
export interface Sweep {
  /** Its name in the log. */
  readonly name: string;
  /** Whether there is, or may be, something to do. */
  isDue(look: Look): boolean;
  /** Forgets what was found in Redis: it was unavailable, and may have come back older. */
  invalidate?(): void;
  /**
   * @param nowMs Postgres's clock, in ms since the epoch
   * @throws the error of what failed, after everything else was attempted: it is logged, and the
   *   next run retries
   */
  run(shard: Shard, nowMs: number): Promise<void>;
}
