/**
 * Something to do. It stays due until it is done: a table in Postgres is the truth, the queue only
 * says who does it, and makes it quick.
 */
export interface Task<Kind extends string> {
  readonly name: Kind;
  readonly id: string;
}
