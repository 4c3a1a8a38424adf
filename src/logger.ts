import { type Logger, pino } from 'pino';

/** One line an entry: time, level, part, message, the rest. */
const PRETTY = {
  ignore: 'pid,hostname,part',
  messageFormat: '{part}: {msg}',
  singleLine: true,
  sync: true,
};

/**
 * The logger of a process: JSON lines, or readable ones where standard output is a terminal.
 *
 * @param options.part which part of the system speaks: `api`, `worker`, or a command by its name
 */
export function createLogger(options: { level: string; part: string }): Logger {
  return pino({
    level: options.level,
    base: { part: options.part, pid: process.pid },
    redact: [
      ...['req.headers.authorization', 'req.headers.cookie', '*.password', '*.secret'],
      // Errors of Stripe carry the PaymentIntent, with the secret by which it can be confirmed.
      ...['err.payment_intent', 'err.raw.payment_intent'],
      // Postgres tells there which row it refused, with all that is in it.
      'err.detail',
    ],
    ...(process.stdout.isTTY ? { transport: { target: 'pino-pretty', options: PRETTY } } : {}),
  });
}
