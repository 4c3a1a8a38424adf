import pg from 'pg';

/**
 * Names and codes of errors that mean that Redis or Postgres is unavailable, not that we have a
 * bug.
 */
const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  // No descriptor, buffer or port is left for a connection: not of ours alone, and it passes.
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'EADDRNOTAVAIL',
]);
/**
 * Postgres: no connection, shutting down, crashed, starting up, out of resources, timed out, to be
 * retried.
 */
const POSTGRES_STATES = /^(08...|57P0[1-5]|57014|53...|58...|55P03|25P0[23]|25006|40...)$/;

/** Beginnings of messages without a code: of Redis, ioredis and pg. */
const MESSAGES = [
  'LOADING',
  'OOM',
  'MISCONF',
  'READONLY',
  'BUSY',
  'CLUSTERDOWN',
  'MASTERDOWN',
  'TRYAGAIN',
  'NOREPLICAS',
  'Connection is closed',
  'Command timed out',
  "Stream isn't writeable",
  'Reached the max retries per request',
  "Cluster isn't ready",
  'Too many Cluster redirections',
  'Failed to refresh slots cache',
  'None of startup nodes',
  'Connection terminated',
  'Query read timeout',
  'Postgres is read-only',
  'UNBLOCKED',
  'EXECABORT',
  'All sentinels are unreachable',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error',
];

/** Whether an error means that a dependency is temporarily unavailable. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isOutage);
  if (error instanceof pg.DatabaseError) return POSTGRES_STATES.test(error.code ?? '');
  const code = 'code' in error ? String(error.code) : '';
  const { message } = error;
  return CONNECTION_CODES.has(code) || MESSAGES.some((start) => message.startsWith(start));
}
