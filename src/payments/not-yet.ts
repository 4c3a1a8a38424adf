/** It cannot be said yet what becomes of something: try again soon. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}
