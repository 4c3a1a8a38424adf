import type { Logger } from 'pino';

/** How long a graceful shutdown may take before the process exits anyway. */
const PATIENCE_MS = 8_000;

/**
 * Shuts the process down gracefully on SIGTERM and SIGINT: `close` runs once, then the process
 * exits with 0; with 1 when it fails or takes too long. Work in progress is safe either way: the
 * line survives a kill -9.
 */
export function onShutdown(log: Logger, close: () => Promise<void>): void {
  let closing = false;
  const end = async (signal: string) => {
    if (closing) return;
    closing = true;
    log.info({ signal }, 'ending');
    setTimeout(() => {
      log.error('shutdown timed out');
      process.exit(1);
    }, PATIENCE_MS).unref();
    try {
      await close();
      process.exit(0);
    } catch (error) {
      log.error({ err: error }, 'shutdown failed');
      process.exit(1);
    }
  };
  process.on('SIGTERM', () => void end('SIGTERM'));
  process.on('SIGINT', () => void end('SIGINT'));
}
