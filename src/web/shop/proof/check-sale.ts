import type { ErrorCode } from '../../../domain/errors.ts';
import type { VerifierKey } from '../../../proof/note.ts';
import type { Receipt, Verdict } from '../../../proof/verify.ts';
import { ApiProblem, Unreachable } from '../../client/problem.ts';

/** What the worker thread is asked. */
export interface CheckAsked {
  readonly sale: string;
  readonly receipts: readonly Receipt[];
  /** Checkpoints that the user has kept: signed notes. */
  readonly kept: readonly string[];
}

/** What was found, and with which keys. */
export interface Checked {
  readonly verdict: Verdict;
  readonly keys: readonly VerifierKey[];
  /** The signed note. */
  readonly checkpoint: string;
}

/** What the worker thread says. */
export type CheckSaid =
  | { readonly kind: 'progress'; readonly leaves: number; readonly of: number }
  | ({ readonly kind: 'checked' } & Checked)
  | ({ readonly kind: 'failed' } & Failure);

type Failure =
  | { readonly why: 'unreachable' | 'unable'; readonly detail: string }
  | {
      readonly why: 'refused';
      readonly code: string | undefined;
      readonly status: number;
      readonly detail: string;
    };

/** This browser cannot check signatures, or the page was not loaded over HTTPS. */
export class UnableToCheck extends Error {
  override readonly name = 'UnableToCheck';
}

/**
 * Checks a sale from its public log, in a thread of its own.
 *
 * @throws ApiProblem when the shop refuses, Unreachable, UnableToCheck
 */
export function checkSale(
  asked: CheckAsked,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (share: number) => void },
): Promise<Checked> {
  const worker = new Worker(new URL('./check.worker.ts', import.meta.url), { type: 'module' });
  return new Promise<Checked>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    worker.onerror = (event) => reject(new Error(event.message || 'the check did not start'));
    worker.onmessage = ({ data }: MessageEvent<CheckSaid>) => {
      if (data.kind === 'progress') onProgress(data.leaves / data.of);
      else if (data.kind === 'checked') resolve(data);
      else reject(errorOf(data));
    };
    worker.postMessage(asked);
  }).finally(() => worker.terminate());
}

function errorOf(failure: Failure): Error {
  if (failure.why === 'refused') {
    const { code, status, detail } = failure;
    return new ApiProblem({ code: codeOf(code, status), status, detail });
  }
  const { detail } = failure;
  return failure.why === 'unreachable' ? new Unreachable(detail) : new UnableToCheck(detail);
}

function codeOf(code: string | undefined, status: number): ErrorCode {
  // The shop names its own codes; a proxy before it names none.
  if (code !== undefined) return code as ErrorCode;
  return status >= 502 && status <= 504 ? 'unavailable' : 'internal_error';
}
