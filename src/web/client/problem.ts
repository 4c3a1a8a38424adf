import type { problemBody } from '../../api/schemas/problem.ts';
import type { ErrorCode, FieldProblem } from '../../domain/errors.ts';

type Body = ReturnType<typeof problemBody>;

/** The members of a problem (docs/errors.md) that the pages read. */
export type ProblemBody = Pick<Body, 'code' | 'detail'> &
  Partial<Pick<Body, 'requestId' | 'errors'>> & { readonly status: number };

/** The API refused: with a code, and when to retry where that helps. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: ErrorCode;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly fields: readonly FieldProblem[];
  readonly retryAfterSeconds: number | undefined;

  constructor(body: ProblemBody, retryAfterSeconds?: number) {
    super(body.detail);
    this.code = body.code;
    this.status = body.status;
    this.requestId = body.requestId;
    this.fields = body.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** No answer: the network or the API is unavailable. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** The buyer who began this has signed out: it must not run for anyone else. */
export class AnotherBuyer extends Error {
  override readonly name = 'AnotherBuyer';
}

/** An attempt sat idle too long: its buyer is asked before it resumes. */
export class AttemptLapsed extends Error {
  override readonly name = 'AttemptLapsed';
}

/** The cart no longer holds what its buyer wanted to check out. */
export class CartChanged extends Error {
  override readonly name = 'CartChanged';
}

/** Parses the problem of a response; any other body becomes `unavailable` or `internal_error`. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const after = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  const retryAfterSeconds = Number.isFinite(after) ? after : undefined;
  const type = response.headers.get('content-type') ?? '';
  if (type.includes('problem+json')) {
    return new ApiProblem((await response.json()) as ProblemBody, retryAfterSeconds);
  }
  const isUnavailable = response.status >= 502 && response.status <= 504;
  return new ApiProblem(
    {
      code: isUnavailable ? 'unavailable' : 'internal_error',
      status: response.status,
      detail: `The shop answered ${response.status}.`,
    },
    retryAfterSeconds ?? (isUnavailable ? 2 : undefined),
  );
}

/** Whether an automatic retry is right: the answer was lost, or the API asks to wait. */
export function isTransient(error: unknown): boolean {
  if (error instanceof Unreachable) return true;
  return error instanceof ApiProblem && (error.status === 503 || error.status === 408);
}

/** Whether an error is a problem with that code. */
export function hasCode(error: unknown, code: ErrorCode): error is ApiProblem {
  return error instanceof ApiProblem && error.code === code;
}
