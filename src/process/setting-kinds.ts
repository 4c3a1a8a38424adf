import { z } from 'zod';
import { parseRedisUrl } from './redis-address.ts';
import { isWeakSecret } from './secrets.ts';

/** A whole number with a default. */
export const integer = (fallback: number, min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .default(fallback);

/** True or false, with a default. */
export const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((text) => text === 'true')
    .default(fallback);

const beginnings = (protocols: readonly string[]) => protocols.map((p) => `${p}//`).join(' or ');

/** Whether a text is a URL with one of the protocols: `https:`. */
export const isUrl = (text: string, protocols: readonly string[]) =>
  protocols.includes(URL.parse(text.trim())?.protocol ?? '');

/** A URL with one of the protocols: `https:`. */
export const url = (...protocols: string[]) =>
  z
    .string({ error: 'is required' })
    .refine(
      (text) => isUrl(text, protocols),
      `must be a URL that begins with ${beginnings(protocols)}`,
    );

/** One Redis, a cluster, or sentinels. */
export const redisUrl = z
  .string({ error: 'is required' })
  .refine(
    (text) => parseRedisUrl(text) !== undefined,
    'must be a URL that begins with redis:// or rediss://, several separated by commas for a cluster, ' +
      'or redis+sentinel://host:port,host:port/NAME',
  );

/** A key of Stripe, which begins with one of the prefixes. */
export const key = (...prefixes: string[]) =>
  z
    .string()
    .regex(new RegExp(`^(${prefixes.join('|')})\\S+$`), `must begin with ${prefixes.join(' or ')}`);

/** Adds the rule that a secret was made by chance. */
export const strong = (secret: z.ZodString) =>
  secret.refine(
    (text) => !isWeakSecret(text),
    'is too easy to guess: openssl rand -base64 32 makes one',
  );

/** A secret that keys are derived from. */
export const authSecret = strong(z.string({ error: 'is required' })).refine(
  (text) => Buffer.byteLength(text) >= 32,
  'must have at least 32 bytes',
);
