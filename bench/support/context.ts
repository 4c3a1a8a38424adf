import type { Budget, Results } from './results.ts';

/** What every part of the benchmark receives. */
export interface BenchContext {
  /** Aborted when everything must stop. */
  readonly signal: AbortSignal;
  /** A stack of cleanups; run by `await using`, or when everything must stop. */
  newCleanup(): AsyncDisposableStack;
  /** Prints a line of the report. */
  print(line: string): void;
  /** Reports progress on standard error. */
  note(line: string): void;
  /** Keeps figures for bench/results/latest.json. */
  record(figures: Readonly<Record<string, unknown>>): void;
  /** Prints and keeps a figure that has a budget. */
  judge(budget: Budget): void;
}

/**
 * Creates a context, and a function that ends it early: everything started is stopped, the last
 * first.
 */
export function createContext(
  results: Results,
): BenchContext & { end(reason: Error): Promise<void> } {
  const stopped = new AbortController();
  const stacks = new Set<AsyncDisposableStack>();
  return {
    signal: stopped.signal,
    newCleanup() {
      stopped.signal.throwIfAborted();
      const stack = new AsyncDisposableStack();
      stacks.add(stack);
      stack.defer(() => {
        stacks.delete(stack);
      });
      return stack;
    },
    print: (line) => console.log(line),
    note: (line) => console.error(line),
    record: (figures) => results.record(figures),
    judge: (budget) => console.log(results.judge(budget)),
    async end(reason) {
      stopped.abort(reason);
      for (const stack of [...stacks].reverse()) await stack.disposeAsync();
    },
  };
}
