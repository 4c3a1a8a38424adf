import { type RawBuilder, sql } from 'kysely';

/** The back-off of a task: doubled at every retry, from `fromMs` to `toMs`. */
export interface Backoff {
  readonly fromMs: number;
  readonly toMs: number;
  /** The first retry is immediate: then after `fromMs`, three times that, seven times, … */
  readonly isAtOnceFirst?: boolean;
}

/** When a task that was retried `tries` times (a column) is due again, by Postgres's clock. */
export function nextTryAt({ fromMs, toMs, isAtOnceFirst = false }: Backoff): RawBuilder<Date> {
  const less = isAtOnceFirst ? 1 : 0;
  return sql<Date>`clock_timestamp()
    + least(${fromMs} * (2 ^ least(tries, 20) - ${less}), ${toMs}) * interval '1 millisecond'`;
}
