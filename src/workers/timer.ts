import type { Logger } from 'pino';

/** Work that a process repeats until it stops. */
export interface Timer {
  /** Starts no more runs; resolves when the current one has ended. */
  stop(): Promise<void>;
}

/**
 * Runs `work` now and every `intervalMs`, never twice at once. An error is logged and the next run
 * is not delayed: everything driven this way re-reads what is left to do.
 */
export function every(
  intervalMs: number,
  name: string,
  log: Logger,
  work: () => Promise<unknown>,
): Timer {
  let running: Promise<unknown> | undefined;
  const run = () => {
    running ??= work()
      .catch((error: unknown) =>
        log.warn({ err: error, timer: name }, 'timer run failed, will be retried'),
      )
      .finally(() => {
        running = undefined;
      });
  };
  run();
  const timer = setInterval(run, intervalMs);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
