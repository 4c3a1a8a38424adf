import { z } from 'zod';

/** A whole number within bounds. */
export const integer = (fallback: number, min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .default(fallback);

/** True or false. */
export const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((text) => text === 'true')
    .default(fallback);

const beginnings = (protocols: readonly string[]) => protocols.map((p) => `${p}//`).join(' or ');

/** Whether a text is a URL of one of the protocols, named with their colons. */
export const isUrl = (text: string, protocols: readonly string[]) =>
  protocols.includes(URL.parse(text.trim())?.protocol ?? '');

/** A URL of one of the protocols, named with their colons. */
export const url = (...protocols: string[]) =>
  z
    .string({ error: 'is required' })
    .refine(
      (text) => isUrl(text, protocols),
      `must be a URL that begins with ${beginnings(protocols)}`,
    );
