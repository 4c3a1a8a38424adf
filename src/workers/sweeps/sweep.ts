import type { Shard } from '../../line/shard.ts';

/**
 * Work that a worker process repeats for every shard. A run looks for what is due and does it; what
 * it could not do stays due. Runs for one shard never overlap within a process; any number of
 * processes may run the same sweep.
 */
export interface Sweep {
  /** What the log calls it. */
  readonly name: string;
  /** Between two runs for the same shard, in ms. */
  readonly everyMs: number;
  /**
   * @throws the error of what could not be done, after everything else was tried: it is logged, and
   *   the next run tries again
   */
  run(shard: Shard): Promise<void>;
}
