import { errors, SignJWT } from 'jose';
import { CLOCK_TOLERANCE_MS } from '../../domain/clock.ts';
import { type AuthKeys, type AuthSecrets, deriveKeys } from '../../process/auth-secrets.ts';
import { verifyJwt } from './verify-jwt.ts';

const ISSUER = 'fairline';
const AUDIENCE = 'fairline-queues';
const TYPE = 'queues+jwt';
const ALGORITHM = 'HS256';

/** How long an admin may view the queues before the access token is required again. */
export const QUEUE_SESSION_SECONDS = 1_800;

/**
 * Cookie sessions for viewing the queues. A browser navigates there, so it cannot send an access
 * token; and a cookie must never be valid for the API, so it is signed with another key for another
 * audience.
 */
export class QueueSessions {
  readonly #keys: AuthKeys;
  readonly #nowMs: () => number;

  constructor(secrets: AuthSecrets, nowMs: () => number = Date.now) {
    this.#keys = deriveKeys(secrets, 'fairline queue session v1');
    this.#nowMs = nowMs;
  }

  /** A session for an admin. */
  make(admin: string): Promise<string> {
    const nowSeconds = Math.floor(this.#nowMs() / 1_000);
    return new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(admin)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + QUEUE_SESSION_SECONDS)
      .sign(this.#keys[0]);
  }

  /** Whether it is one of ours, and has not expired. */
  async isValid(session: string): Promise<boolean> {
    try {
      await verifyJwt(session, this.#keys, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: TYPE,
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(this.#nowMs()),
        clockTolerance: CLOCK_TOLERANCE_MS / 1_000,
      });
      return true;
    } catch (error) {
      if (error instanceof errors.JOSEError) return false;
      throw error;
    }
  }
}
