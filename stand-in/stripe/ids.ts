import { randomBytes } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A random string of letters and digits. */
export function randomWord(length: number): string {
  return Array.from(randomBytes(length), (byte) => LETTERS.charAt(byte % LETTERS.length)).join('');
}

/** An id in Stripe's format: `pi_3…`, `evt_1…`. `prefix` includes the underscore. */
export function newId(prefix: string): string {
  return `${prefix}${randomWord(24)}`;
}
