import { type DestinationStream, type Logger, pino } from 'pino';
import { SECRET_FIELDS, scrub, showError } from './redaction.ts';

/** One line per entry: time, level, part, message, the rest. */
const PRETTY = {
  ignore: 'pid,hostname,part',
  messageFormat: '{part}: {msg}',
  singleLine: true,
  sync: true,
};

/**
 * The logger of a process: JSON lines, or readable ones where standard output is a terminal.
 * Secrets are redacted whatever logs them: src/process/redaction.ts.
 *
 * @param options.part the part of the system that logs: `api`, `worker`, or a command by its name
 * @param destination standard output when left out
 */
export function createLogger(
  options: { level: string; part: string },
  destination?: DestinationStream,
): Logger {
  const settings = {
    level: options.level,
    base: { part: options.part, pid: process.pid },
    redact: SECRET_FIELDS,
    serializers: { err: (error: unknown) => showError(error) },
    hooks: { streamWrite: scrub },
  };
  if (destination !== undefined) return pino(settings, destination);
  return pino({
    ...settings,
    ...(process.stdout.isTTY ? { transport: { target: 'pino-pretty', options: PRETTY } } : {}),
  });
}
