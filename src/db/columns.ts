import type { ColumnType } from 'kysely';

/** Counters and sequence numbers: exact as JavaScript numbers up to 2^53, see src/db/client.ts. */
export type Count = ColumnType<number, number | undefined, number>;
export type Moment = ColumnType<Date, Date | undefined, Date>;
