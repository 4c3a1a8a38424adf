/** The result of one delivery attempt. */
export interface TryResult {
  /**
   * `sent`: it was accepted. `failed`: it is retried. `hopeless`: it can never be delivered.
   * `outdated`: it is no longer true. `no_address`: the recipient's address is not known yet.
   * `over_limit`: the address has had as many mails today as it may get.
   */
  readonly result: 'sent' | 'failed' | 'hopeless' | 'outdated' | 'no_address' | 'over_limit';
  /** Of HTTP or SMTP; undefined where there was no answer. */
  readonly status?: number | undefined;
  /** The response, or the error. */
  readonly answer?: string | undefined;
}

/** Characters of an answer that are kept. */
const KEPT = 200;

/**
 * A response as it is stored: its beginning, on one line, without characters that Postgres refuses.
 */
export function keepAnswer(text: string): string {
  const line = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return [...line].slice(0, KEPT).join('');
}
