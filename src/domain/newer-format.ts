import { DomainError } from './errors.ts';

/**
 * Something was written by a newer version of Fairline, and this one does not know how to read it:
 * a process of that version has to take it. To a client: 503, to be repeated.
 */
export class NewerFormat extends DomainError {
  /** @param what the batch, entry or shard, for the log */
  constructor(what: string) {
    super('unavailable', `A newer version has to take ${what}. Please try again.`);
  }
}
