/** What one try to deliver a message came to. */
export interface TryResult {
  /**
   * `sent`: it was taken. `failed`: it may be taken later. `hopeless`: it never will be.
   * `outdated`: what it says is not so any more. `no_address`: nobody knows where to send it, yet.
   */
  readonly result: 'sent' | 'failed' | 'hopeless' | 'outdated' | 'no_address';
  /** Of HTTP or SMTP; undefined where there was no answer. */
  readonly status?: number | undefined;
  /** What was answered, or what went wrong. */
  readonly answer?: string | undefined;
}

/** Characters of an answer that are kept. */
const KEPT = 200;

/** An answer as it is kept: its beginning, in one line that every database takes. */
export function keepAnswer(text: string): string {
  const line = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return [...line].slice(0, KEPT).join('');
}
