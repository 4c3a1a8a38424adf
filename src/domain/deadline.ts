/**
 * When a hold ends, by the clock of Postgres. The hold is named by the identity of its ticket and
 * by the entry that made it.
 */
export interface Deadline {
  readonly sale: string;
  readonly identity: string;
  readonly holdSeq: number;
  readonly atMs: number;
}
