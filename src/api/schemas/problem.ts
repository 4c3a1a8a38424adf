import { z } from '@hono/zod-openapi';
import { ERRORS, type ErrorCode, type FieldProblem } from '../../domain/errors.ts';
import { HEADERS, refTo } from '../description/headers.ts';

/** RFC 9457 problem details, the body of every error. */
const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem');

/** The body of a problem. */
export function problemBody(about: {
  readonly code: ErrorCode;
  /** The title when left out. */
  readonly detail?: string;
  readonly fields?: readonly FieldProblem[] | undefined;
  readonly requestId: string;
}) {
  const { code, fields, requestId } = about;
  const { title, status } = ERRORS[code];
  return {
    type: `urn:fairline:error:${code}`,
    title,
    status,
    code,
    detail: about.detail ?? title,
    requestId,
    ...(fields === undefined ? {} : { errors: fields }),
  };
}

/** Errors of every admin route. */
export const ADMIN_READ = ['unauthenticated', 'forbidden', 'unavailable'] as const;

/** Errors of admin routes that take a body. */
export const ADMIN_WRITE = [
  ...ADMIN_READ,
  'malformed_json',
  'unsupported_media_type',
  'body_too_large',
  'validation_failed',
] as const;

/** The error responses of a route, grouped by status. */
export function problems(...codes: ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      status,
      {
        description: list.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join('. '),
        headers: headersOf(status, list),
        content: {
          'application/problem+json': {
            schema: problemSchema,
            examples: Object.fromEntries(list.map((code) => [code, { value: exampleOf(code) }])),
          },
        },
      },
    ]),
  );
}

/** Headers of the problems of a status. */
function headersOf(status: number, codes: readonly ErrorCode[]) {
  const waitingHelps = codes.some(
    (code) => code === 'sale_not_open' || 'retryAfterSeconds' in ERRORS[code],
  );
  return {
    ...(waitingHelps ? { 'Retry-After': refTo('Retry-After') } : {}),
    ...(status === 401 ? { 'WWW-Authenticate': refTo('WWW-Authenticate') } : {}),
  };
}

function exampleOf(code: ErrorCode) {
  return problemBody({ code, requestId: HEADERS['X-Request-Id'].example });
}
