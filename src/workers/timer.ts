import type { Logger } from 'pino';

/** Work that a process does again and again until it stops. */
export interface Timer {
  /** Runs no more; resolves when a run that is under way has ended. */
  stop(): Promise<void>;
}

/**
 * Runs `work` now and every `intervalMs`, never twice at once. An error is logged and the next run comes in its time:
 * everything that is driven this way looks again at what is left to do.
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
      .catch((error: unknown) => log.warn({ err: error, timer: name }, 'timer: trying again'))
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
