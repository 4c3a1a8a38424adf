import type { Shard } from '../../line/shard.ts';

/**
 * Work that a worker process repeats for every shard. A run looks for what is due and does it; what
 * fails stays due. Runs for one shard never overlap within a process; any number of processes may
 * run the same sweep.
 */
export interface Sweep {
  /** Its name in the log. */
  readonly name: string;
  /** Between two runs for the same shard, in ms. */
  readonly everyMs: number;
  /**
   * @throws the error of what failed, after everything else was attempted: it is logged, and the
   *   next run retries
   */
  run(shard: Shard): Promise<void>;
}
