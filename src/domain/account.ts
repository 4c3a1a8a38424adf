import { regexes } from 'zod';

/** How the names of guests begin. */
export const GUEST_PREFIX = 'guest-';

/** Characters of a password. */
export const PASSWORD_LENGTH = { min: 8, max: 200 } as const;

/** Characters of an e-mail address at most (RFC 5321). */
export const LONGEST_EMAIL = 254;

/**
 * What a browser accepts as an e-mail address. It has no spaces, commas, angle brackets or line
 * ends and no letters beyond ASCII, so that it names one mailbox wherever it is put.
 */
export function isEmailAddress(text: string): boolean {
  return text.length <= LONGEST_EMAIL && regexes.html5Email.test(text);
}
