import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import { isKeepable } from '../../domain/buyer.ts';
import { CLOCK_TOLERANCE_MS } from '../../domain/clock.ts';
import { emailIn, type Verified } from './identity.ts';
import { keysOf } from './jwks.ts';

/** Asymmetric only: with a shared secret every verifier could sign. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

/**
 * How long a token is trusted without verifying it again, which bounds the use of a revoked key.
 */
const TRUSTED_MS = 300_000;

export interface ExternalTokenOptions {
  /** Where the issuer publishes its keys. */
  readonly jwksUrl: string;
  /** The only accepted issuer; any with these keys when left out. */
  readonly issuer?: string | undefined;
  /** The required audience: `aud`. */
  readonly audience: string;
  /**
   * The claim that makes an admin, and the value it equals or contains; no admins when left out.
   */
  readonly adminClaim?: { readonly name: string; readonly value: string } | undefined;
}

/** Verifies the tokens of an outside identity provider. */
export class ExternalTokens {
  readonly #options: ExternalTokenOptions;
  readonly #keyOf: JWTVerifyGetKey;
  readonly #nowMs: () => number;

  constructor(options: ExternalTokenOptions, log: Logger, nowMs: () => number = Date.now) {
    this.#options = options;
    this.#keyOf = keysOf(options.jwksUrl, log, nowMs);
    this.#nowMs = nowMs;
  }

  /**
   * The identity in the token; undefined when it has none that can be stored.
   *
   * @throws JOSEError when it is forged, expired or has another audience; DomainError unavailable
   *   when the keys cannot be fetched
   */
  async verify(token: string): Promise<Verified | undefined> {
    const { issuer, audience } = this.#options;
    const nowMs = this.#nowMs();
    const { payload } = await jwtVerify(token, this.#keyOf, {
      algorithms: ALGORITHMS,
      ...(issuer === undefined ? {} : { issuer }),
      audience,
      requiredClaims: ['iss', 'exp', 'sub'],
      currentDate: new Date(nowMs),
      clockTolerance: CLOCK_TOLERANCE_MS / 1_000,
    });
    const { iss = '', sub, exp = 0 } = payload;
    // Our own ids contain no space, nor does an issuer: two people can never become one buyer.
    const buyer = `${iss} ${sub}`;
    if (iss === '' || /\s/.test(iss) || !isKeepable(sub) || !isKeepable(buyer)) return undefined;
    const role = this.#isAdmin(payload) ? 'admin' : 'buyer';
    const untilMs = Math.min(exp * 1_000 + CLOCK_TOLERANCE_MS, nowMs + TRUSTED_MS);
    return { buyer, role, email: emailIn(payload['email']), untilMs };
  }

  #isAdmin(payload: JWTPayload): boolean {
    const { adminClaim } = this.#options;
    if (adminClaim === undefined || !Object.hasOwn(payload, adminClaim.name)) return false;
    const claim = payload[adminClaim.name];
    return Array.isArray(claim) ? claim.includes(adminClaim.value) : claim === adminClaim.value;
  }
}
