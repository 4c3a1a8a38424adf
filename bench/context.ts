/** What every part of the benchmark gets. */
export interface BenchContext {
  /** Aborted when everything is to end. */
  readonly signal: AbortSignal;
  /**
   * A stack of what has to be undone; it is undone with `await using`, or when everything is to
   * end.
   */
  newCleanup(): AsyncDisposableStack;
  /** Prints a line of the report. */
  print(line: string): void;
  /** Says what is going on, on standard error. */
  note(line: string): void;
}

/** A context, and what ends it early: everything that was started is stopped, the last first. */
export function createContext(): BenchContext & { end(reason: Error): Promise<void> } {
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
    async end(reason) {
      stopped.abort(reason);
      for (const stack of [...stacks].reverse()) await stack.disposeAsync();
    },
  };
}
