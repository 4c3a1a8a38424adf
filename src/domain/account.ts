/** How the names of guests begin. */
export const GUEST_PREFIX = 'guest-';

/** Characters of a password. */
export const PASSWORD_LENGTH = { min: 8, max: 200 } as const;

/** Characters of an e-mail address at most (RFC 5321). */
export const LONGEST_EMAIL = 254;
