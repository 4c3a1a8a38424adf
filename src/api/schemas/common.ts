import { z } from '@hono/zod-openapi';
import { LONGEST_EMAIL } from '../../domain/account.ts';
import { AMOUNT_MAX, findCurrency } from '../../domain/currency.ts';
import { ID_FORM } from '../../domain/id.ts';
import { NOT_TAKEN } from '../../domain/price.ts';
import { refTo } from '../description/headers.ts';

/** A JSON response of a route. */
export function json<S extends z.ZodType>(description: string, schema: S) {
  return { description, content: { 'application/json': { schema } } };
}

/** A response that has an ETag. */
export function tagged<R extends object>(response: R) {
  return { ...response, headers: { ETag: refTo('ETag') } };
}

/** The response to who has the current content. */
export const UNCHANGED = tagged({ description: 'It has not changed: see `If-None-Match`' });

/** A required JSON body of a route. */
export function body<S extends z.ZodType>(schema: S) {
  return { required: true, content: { 'application/json': { schema } } };
}

/** The security requirement of routes behind `authenticate`. */
export const bearer = [{ bearerAuth: [] }];

/** An id that names something: of another form it names nothing, and never gets to Postgres. */
export const id = z.string().regex(ID_FORM, 'is not an id');

/**
 * An id of whatever form: what a list is filtered by or its page is behind (otherwise the list is
 * empty), and a product in a body, which is looked for in its sale.
 */
export const anyId = z.string().regex(/^[\w-]{1,64}$/, 'is not an id');

/** Free text. Postgres accepts no NUL, and lone surrogates are not portable. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((words) => !words.includes('\0'), 'must not contain NUL')
    .refine((words) => words.isWellFormed(), 'must not contain a lone surrogate');
/** An e-mail address as browsers validate it. It has no spaces and no letters beyond ASCII. */
export const email = z.email({ pattern: z.regexes.html5Email }).max(LONGEST_EMAIL);
export const time = z.iso.datetime({ offset: true });
/** Minor units as Stripe counts them, 0 for what is free. */
export const amount = z.int().min(0).max(AMOUNT_MAX);
export const currency = z
  .string()
  .regex(/^[a-z]{3}$/, 'must be a lower-case ISO 4217 code such as "eur"');

/** The same in a request: one that Stripe takes. */
export const chargedCurrency = currency
  .refine((code) => findCurrency(code) !== undefined, NOT_TAKEN)
  .openapi({ description: 'A currency that Stripe takes, see https://docs.stripe.com/currencies' });

/** Page of a list: `cursor` is the `nextCursor` of the page before. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: anyId.optional(),
};

/** Schema of a page of a list. */
export function pageOf<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() });
}

/** One item more than the page shows whether there is a next one. */
export function page<T, U>(
  rows: readonly T[],
  limit: number,
  cursorOf: (row: T) => string,
  show: (row: T) => U,
) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(show), ...(more ? { nextCursor: cursorOf(last) } : {}) };
}

/** An Idempotency-Key. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters');
