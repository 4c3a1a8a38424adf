import type { ChildProcess } from 'node:child_process';

const PATIENCE_MS = 10_000;

/**
 * Sends the signal and waits for the end; after 10 s it sends SIGKILL.
 *
 * @param exited resolves when the process has ended
 */
export async function endChild(
  child: ChildProcess,
  exited: Promise<unknown>,
  signal: NodeJS.Signals,
): Promise<void> {
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await exited;
  clearTimeout(timer);
}
