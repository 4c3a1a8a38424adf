import { createSecretKey } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { isKeepable } from '../../domain/buyer.ts';
import { CLOCK_TOLERANCE_MS } from '../../domain/clock.ts';
import type { Role } from '../../domain/role.ts';
import type { ExternalTokens } from './external-tokens.ts';
import { emailIn, type Identity, type Verified } from './identity.ts';

const ISSUER = 'fairline';
const AUDIENCE = 'fairline-api';
const TYPE = 'at+jwt';
const ALGORITHM = 'HS256';

/** Cached verified tokens; verifying is the most expensive step of taking a ticket. */
const CACHED_TOKENS = 100_000;

/** Creates an access token as specified in docs/buying.md, Accounts. */
export async function makeAccessToken(
  secret: string,
  claims: { sub: string; role: Role; email?: string; ttlSeconds: number },
): Promise<string> {
  const { sub, role, email, ttlSeconds } = claims;
  return new SignJWT({ role, ...(email === undefined ? {} : { email }) })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + ttlSeconds)
    .sign(createSecretKey(Buffer.from(secret)));
}

/** Verifies access tokens; remembers those it has verified until they expire. */
export class AccessTokens {
  readonly #key;
  readonly #external: ExternalTokens | undefined;
  readonly #nowMs: () => number;
  readonly #verified = new LRUCache<string, Verified>({ max: CACHED_TOKENS });

  /**
   * @param secret AUTH_JWT_SECRET: its UTF-8 bytes are the key
   * @param external tokens of an external identity provider, if any
   */
  constructor(secret: string, external?: ExternalTokens, nowMs: () => number = Date.now) {
    this.#key = createSecretKey(Buffer.from(secret));
    this.#external = external;
    this.#nowMs = nowMs;
  }

  /**
   * The identity in the token, or undefined when it is forged, expired or has another audience.
   *
   * @throws DomainError unavailable when the keys of the identity provider cannot be fetched
   */
  async verify(token: string): Promise<Identity | undefined> {
    const known = this.#verified.get(token);
    if (known !== undefined && known.untilMs > this.#nowMs()) return known;
    this.#verified.delete(token);
    const verified = await this.#verifyNew(token);
    if (verified !== undefined) this.#verified.set(token, verified);
    return verified;
  }

  async #verifyNew(token: string): Promise<Verified | undefined> {
    // It only selects the verifier: each accepts its own algorithms, and only with its own keys.
    const isOurs = this.#external === undefined || algorithmOf(token) === ALGORITHM;
    try {
      return await (isOurs ? this.#verifyOurs(token) : this.#external.verify(token));
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  async #verifyOurs(token: string): Promise<Verified | undefined> {
    const { payload } = await jwtVerify(token, this.#key, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: TYPE,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(this.#nowMs()),
      clockTolerance: CLOCK_TOLERANCE_MS / 1_000,
    });
    const { sub, exp = 0, role, email } = payload;
    if (!isKeepable(sub) || (role !== 'buyer' && role !== 'admin')) return undefined;
    const untilMs = exp * 1_000 + CLOCK_TOLERANCE_MS;
    return { buyer: sub, role, email: emailIn(email), untilMs };
  }
}

/** The algorithm in a token's header; undefined when it is not a token. */
function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg;
  } catch {
    return undefined;
  }
}
