import { MutationCache, QueryClient } from '@tanstack/react-query';
import { ApiProblem, isPassing } from './problem.ts';

const LONGEST_PAUSE_MS = 15_000;

/** What is read is asked for again for as long as that can help; an answer is an answer. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    mutationCache: new KnownMutations(),
    defaultOptions: {
      queries: {
        staleTime: 1_000,
        retry: (_failures, error) => isPassing(error) || isTooOften(error),
        retryDelay: pauseBefore,
      },
      mutations: {
        // What is sent again must be safe to send again: whoever changes this has no key.
        retry: (_failures, error) => isPassing(error),
        retryDelay: pauseBefore,
      },
    },
  });
}

/**
 * What was taken out of the cache is not sent again. By itself a mutation that waits for its next
 * try goes on without the cache, in the name of whoever is signed in by then.
 */
class KnownMutations extends MutationCache {
  override canRun(mutation: Parameters<MutationCache['canRun']>[0]): boolean {
    return this.getAll().includes(mutation) && super.canRun(mutation);
  }
}

/** How long to wait before the next try: what the API says, else longer each time. */
export function pauseBefore(failures: number, error: Error): number {
  const grown = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures);
  // Not all at the same moment, who were sent away at the same moment.
  const spread = 0.8 + Math.random() * 0.4;
  if (!(error instanceof ApiProblem) || error.retryAfterSeconds === undefined) {
    return grown * spread;
  }
  return Math.max(error.retryAfterSeconds * 1_000, grown * spread);
}

function isTooOften(error: Error): boolean {
  return error instanceof ApiProblem && error.status === 429;
}
