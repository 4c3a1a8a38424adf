import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { DomainError, ErrorCode } from '../../domain/errors.ts';
import { FloodGate } from '../../process/flood-gate.ts';
import type { Addresses } from './addresses.ts';
import { requestIdOf } from './answer.ts';
import type { ApiEnv } from './env.ts';

/**
 * The names of OWASP's logging vocabulary
 * (https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html).
 */
type SecurityEvent =
  | 'authn_login_success'
  | 'authn_login_fail'
  | 'authn_login_lock'
  | 'authz_fail'
  | 'excess_rate_limit_exceeded'
  | 'input_validation_fail';

/** The refusals that are security events. Others are how clients learn to use the API. */
const BY_CODE: Partial<Record<ErrorCode, SecurityEvent>> = {
  invalid_credentials: 'authn_login_fail',
  unauthenticated: 'authz_fail',
  invalid_refresh_token: 'authz_fail',
  invalid_link: 'authz_fail',
  forbidden: 'authz_fail',
  too_many_requests: 'excess_rate_limit_exceeded',
  invalid_signature: 'input_validation_fail',
  challenge_failed: 'input_validation_fail',
};

/** Lines a minute of one event and address, and of all in a process. */
const BOUNDS = { perKey: 5, total: 600, windowMs: 60_000 };

/**
 * Logs security events: their name, a keyed hash of the address, the request id and the route's
 * answer; never an address, a token or what somebody typed.
 */
export class SecurityLog {
  readonly #log: Logger;
  readonly #addresses: Addresses;
  readonly #gate: FloodGate;

  constructor(
    { log, addresses }: { log: Logger; addresses: Addresses },
    gate = new FloodGate(BOUNDS),
  ) {
    this.#log = log;
    this.#addresses = addresses;
    this.#gate = gate;
  }

  /** Logs a refusal, if it is a security event. */
  refused(c: Context<ApiEnv>, { code, limit }: DomainError): void {
    const event = limit?.name === 'auth_account' ? 'authn_login_lock' : BY_CODE[code];
    if (event === undefined) return;
    const user = c.get('identity')?.buyer;
    this.#write('warn', c, event, { code, limit: limit?.name, user });
  }

  /** Logs a log-in that succeeded. */
  loggedIn(c: Context<ApiEnv>, { id, role }: { id: string; role: string }): void {
    this.#write('info', c, 'authn_login_success', { user: id, role });
  }

  #write(
    level: 'info' | 'warn',
    c: Context<ApiEnv>,
    event: SecurityEvent,
    facts: Readonly<Record<string, string | undefined>>,
  ): void {
    const address = this.#addresses.of(c);
    if (!this.#gate.pass(`${event} ${address}`)) return;
    this.#log[level]({ event, address, requestId: requestIdOf(c), ...facts }, 'security event');
  }
}
