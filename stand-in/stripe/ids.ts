import { randomBytes } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A random word of letters and digits. */
export function randomWord(length: number): string {
  return Array.from(randomBytes(length), (byte) => LETTERS.charAt(byte % LETTERS.length)).join('');
}

/** An id as Stripe shapes them: `pi_3…`, `evt_1…`. `prefix` comes with its underscore. */
export function newId(prefix: string): string {
  return `${prefix}${randomWord(24)}`;
}
