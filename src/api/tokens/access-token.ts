import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import {
  base64url,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { LRUCache } from 'lru-cache';
import { isKeepable } from '../../domain/buyer.ts';
import { CLOCK_TOLERANCE_MS } from '../../domain/clock.ts';
import type { Role } from '../../domain/role.ts';
import { type AuthKeys, type AuthSecrets, keysOf } from '../../process/auth-secrets.ts';
import type { ExternalTokens } from './external-tokens.ts';
import { emailIn, type Identity, type Verified } from './identity.ts';
import { verifyJwt } from './verify-jwt.ts';

const ISSUER = 'fairline';
const AUDIENCE = 'fairline-api';
const TYPE = 'at+jwt';
const ALGORITHM = 'HS256';

/** The header of every token that we make, as it stands in it. */
const HEADER = base64url.encode(JSON.stringify({ alg: ALGORITHM, typ: TYPE }));
/** The same of a token without a signature, in which jose checks the claims. */
const UNSIGNED = base64url.encode(JSON.stringify({ alg: 'none', typ: TYPE }));

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
  readonly #keys: AuthKeys;
  readonly #external: ExternalTokens | undefined;
  readonly #nowMs: () => number;
  readonly #verified = new LRUCache<string, Verified>({ max: CACHED_TOKENS });

  /**
   * @param secrets their UTF-8 bytes are the keys
   * @param external tokens of an external identity provider, if any
   */
  constructor(secrets: AuthSecrets, external?: ExternalTokens, nowMs: () => number = Date.now) {
    this.#keys = keysOf(secrets, (secret) => Buffer.from(secret));
    this.#external = external;
    this.#nowMs = nowMs;
  }

  /**
   * The identity in the token, or undefined when it is forged, expired or has another audience: at
   * once for a known token and for one in the form that we make.
   *
   * @throws DomainError unavailable when the keys of the identity provider cannot be fetched
   */
  verify(token: string): Identity | undefined | Promise<Identity | undefined> {
    const known = this.#verified.get(token);
    if (known !== undefined && known.untilMs > this.#nowMs()) return known;
    this.#verified.delete(token);
    if (token.startsWith(`${HEADER}.`)) return this.#remember(token, this.#verifyMade(token));
    return this.#verifyOther(token).then((verified) => this.#remember(token, verified));
  }

  #remember(token: string, verified: Verified | undefined): Verified | undefined {
    if (verified !== undefined) this.#verified.set(token, verified);
    return verified;
  }

  /**
   * Verifies a token whose header is exactly ours. jose has the rules for its claims; only the
   * signature is checked here, because jose's check goes through the thread pool, which costs
   * several times the rest of it (decision 0067).
   */
  #verifyMade(token: string): Verified | undefined {
    const end = token.lastIndexOf('.');
    const signature = Buffer.from(token.slice(end + 1));
    const signed = token.slice(0, end);
    if (!this.#keys.some((key) => isSignedBy(key, signed, signature))) return undefined;
    const claims = signed.slice(HEADER.length);
    try {
      return identityIn(UnsecuredJWT.decode(`${UNSIGNED}${claims}.`, this.#rules()).payload);
    } catch (error) {
      return undefinedIfInvalid(error);
    }
  }

  async #verifyOther(token: string): Promise<Verified | undefined> {
    // It only selects the verifier: each accepts its own algorithms, and only with its own keys.
    const isOurs = this.#external === undefined || algorithmOf(token) === ALGORITHM;
    try {
      if (!isOurs) return await this.#external.verify(token);
      const options = { ...this.#rules(), algorithms: [ALGORITHM] };
      return identityIn(await verifyJwt(token, this.#keys, options));
    } catch (error) {
      return undefinedIfInvalid(error);
    }
  }

  #rules() {
    return {
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: TYPE,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(this.#nowMs()),
      clockTolerance: CLOCK_TOLERANCE_MS / 1_000,
    };
  }
}

function isSignedBy(key: KeyObject, signed: string, signature: Buffer): boolean {
  const expected = Buffer.from(createHmac('sha256', key).update(signed).digest('base64url'));
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

function identityIn({ sub, exp = 0, role, email }: JWTPayload): Verified | undefined {
  if (!isKeepable(sub) || (role !== 'buyer' && role !== 'admin')) return undefined;
  const untilMs = exp * 1_000 + CLOCK_TOLERANCE_MS;
  return { buyer: sub, role, email: emailIn(email), untilMs };
}

/** @throws whatever does not say that a token is invalid */
function undefinedIfInvalid(error: unknown): undefined {
  if (!(error instanceof errors.JOSEError)) throw error;
}

/** The algorithm in a token's header; undefined when it is not a token. */
function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg;
  } catch {
    return undefined;
  }
}
