import pg from 'pg';

/** Names and codes of errors that mean that Redis or Postgres is away, not that we are wrong. */
const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** Postgres: shutting down, crashed, starting up, too many connections, lock or statement timed out. */
const POSTGRES_STATES = /^(57P0[1-5]|57014|53300|55P03|25P03|08...)$/;
const MESSAGES =
  /^(LOADING|OOM|MISCONF|READONLY|BUSY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|NOREPLICAS|Query read timeout|Connection is closed|Connection terminated|timeout exceeded when trying to connect|Command timed out|Stream isn't writeable|Reached the max retries per request|Client has encountered a connection error|Cluster isn't ready|Too many Cluster redirections|Failed to refresh slots cache|None of startup nodes)/;

/** Whether an error means that a part of the service is away for the moment. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isOutage);
  if (error instanceof pg.DatabaseError) return POSTGRES_STATES.test(error.code ?? '');
  const code = 'code' in error ? String(error.code) : '';
  return CONNECTION_CODES.has(code) || MESSAGES.test(error.message);
}
