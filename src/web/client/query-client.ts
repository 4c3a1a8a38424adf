import { MutationCache, QueryClient } from '@tanstack/react-query';
import { ApiProblem, isTransient } from './problem.ts';

const MAX_DELAY_MS = 15_000;

/** Reads are retried while that can help; a refusal is final. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    mutationCache: new KnownMutations(),
    defaultOptions: {
      queries: {
        staleTime: 1_000,
        retry: (_failures, error) => isTransient(error) || isRateLimited(error),
        retryDelay: retryDelayMs,
      },
      mutations: {
        // A retried mutation must be idempotent: some have no key.
        retry: (_failures, error) => isTransient(error),
        retryDelay: retryDelayMs,
      },
    },
  });
}

/**
 * // A mutation removed from the cache is not retried. On its own, one waiting for its next try
 * would continue without the cache, on behalf of the next user to sign in.
 */
class KnownMutations extends MutationCache {
  override canRun(mutation: Parameters<MutationCache['canRun']>[0]): boolean {
    return this.getAll().includes(mutation) && super.canRun(mutation);
  }
}

/** The delay before the next try: what the API says, else exponential. */
export function retryDelayMs(failures: number, error: Error): number {
  const grown = Math.min(MAX_DELAY_MS, 500 * 2 ** failures);
  // Jitter: clients refused together must not return together.
  const spread = 0.8 + Math.random() * 0.4;
  if (!(error instanceof ApiProblem) || error.retryAfterSeconds === undefined) {
    return grown * spread;
  }
  return Math.max(error.retryAfterSeconds * 1_000, grown * spread);
}

function isRateLimited(error: Error): boolean {
  return error instanceof ApiProblem && error.status === 429;
}
