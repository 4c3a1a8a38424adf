/** An outcome is not known yet: retry soon. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}
