import type { Logger } from 'pino';

/** How long an orderly end may take before the process ends anyway. */
const PATIENCE_MS = 8_000;

/**
 * Ends the process in order on SIGTERM and SIGINT: `close` runs once, then the process exits with 0; with 1 when
 * it fails or takes too long. What was under way is safe either way: the line survives a kill -9.
 */
export function onShutdown(log: Logger, close: () => Promise<void>): void {
  let closing = false;
  const end = async (signal: string) => {
    if (closing) return;
    closing = true;
    log.info({ signal }, 'ending');
    setTimeout(() => {
      log.error('did not end in time');
      process.exit(1);
    }, PATIENCE_MS).unref();
    try {
      await close();
      process.exit(0);
    } catch (error) {
      log.error({ err: error }, 'did not end in order');
      process.exit(1);
    }
  };
  process.on('SIGTERM', () => void end('SIGTERM'));
  process.on('SIGINT', () => void end('SIGINT'));
}
