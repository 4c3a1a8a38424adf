import { type RawBuilder, sql } from 'kysely';

/** How long a task is put off: twice as long each time it is, from `fromMs` to `toMs`. */
export interface Backoff {
  readonly fromMs: number;
  readonly toMs: number;
  /** The first time it is not put off: then `fromMs`, three times that, seven times, … */
  readonly isAtOnceFirst?: boolean;
}

/** When a task that was put off `tries` times (a column) is due again, by Postgres's clock. */
export function nextTryAt({ fromMs, toMs, isAtOnceFirst = false }: Backoff): RawBuilder<Date> {
  const less = isAtOnceFirst ? 1 : 0;
  return sql<Date>`clock_timestamp()
    + least(${fromMs} * (2 ^ least(tries, 20) - ${less}), ${toMs}) * interval '1 millisecond'`;
}
