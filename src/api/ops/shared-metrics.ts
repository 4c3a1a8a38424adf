import type { Db } from '../../db/client.ts';
import { RunningCounts } from '../../db/running-counts.ts';
import type { ApiMetrics } from '../../process/metrics.ts';
import type { RedisClient } from '../../redis/client.ts';
import { countPast } from './past-counts.ts';
import { SharedRead } from './shared-read.ts';
import { collectMetrics } from './system-metrics.ts';

/** All who ask within it get the same. */
const KEEP_MS = 1_000;

/** What is counted row by row over all that ever was takes a fiftieth of the time at most. */
const RESTS = 50;

/**
 * The metrics in Prometheus's text form, collected once a second at most, however many ask:
 * `/metrics` may be public, and one collection is a dozen queries.
 */
export class SharedMetrics {
  readonly #text: SharedRead<string>;

  /** @param nowMs a clock in ms */
  constructor(
    deps: { readonly redis: RedisClient; readonly db: Db; readonly metrics: ApiMetrics },
    nowMs = () => performance.now(),
  ) {
    const { db } = deps;
    const counts = new RunningCounts(db);
    const past = new SharedRead(() => countPast(db), { keepMs: KEEP_MS, rests: RESTS, nowMs });
    const sources = { counts: () => counts.read(), past: () => past.get() };
    this.#text = new SharedRead(() => collectMetrics({ ...deps, ...sources }), {
      keepMs: KEEP_MS,
      nowMs,
    });
  }

  /** The metrics, at most a second old. */
  read(): Promise<string> {
    return this.#text.get();
  }
}
