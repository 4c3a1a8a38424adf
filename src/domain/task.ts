/**
 * A task, due until it is done: a table in Postgres is the source of truth, the queue only assigns
 * it to a worker, quickly.
 */
export interface Task<Kind extends string> {
  readonly name: Kind;
  readonly id: string;
}
