import { createSecretKey } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { isKeepable } from '../domain/buyer.ts';

const ISSUER = 'fairline';
const AUDIENCE = 'fairline-api';
const TYPE = 'at+jwt';
const ALGORITHM = 'HS256';

/** Tokens that were verified lately; verifying is the dearest step of taking a ticket. */
const CACHED_TOKENS = 100_000;

export type Role = 'buyer' | 'admin';

/** Whom an access token names. */
export interface Identity {
  readonly buyer: string;
  readonly role: Role;
}

interface Verified extends Identity {
  readonly expiresAtMs: number;
}

/** Makes an access token as README.md, Settings, has it. */
export async function makeAccessToken(
  secret: string,
  claims: { sub: string; role: Role; ttlSeconds: number },
): Promise<string> {
  return new SignJWT({ role: claims.role })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(claims.sub)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + claims.ttlSeconds)
    .sign(createSecretKey(Buffer.from(secret)));
}

/** Verifies access tokens; remembers those it has verified until they expire. */
export class AccessTokens {
  readonly #key;
  readonly #nowMs: () => number;
  readonly #verified = new LRUCache<string, Verified>({ max: CACHED_TOKENS });

  /** @param secret AUTH_JWT_SECRET: its UTF-8 bytes are the key */
  constructor(secret: string, nowMs: () => number = Date.now) {
    this.#key = createSecretKey(Buffer.from(secret));
    this.#nowMs = nowMs;
  }

  /** Whom the token names, or undefined when it is forged, expired or not meant for us. */
  async verify(token: string): Promise<Identity | undefined> {
    const known = this.#verified.get(token);
    if (known !== undefined) {
      if (known.expiresAtMs > this.#nowMs()) return known;
      this.#verified.delete(token);
      return undefined;
    }
    const verified = await this.#verifyNew(token);
    if (verified !== undefined) this.#verified.set(token, verified);
    return verified;
  }

  async #verifyNew(token: string): Promise<Verified | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: TYPE,
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(this.#nowMs()),
      });
      const { sub, exp = 0, role } = payload;
      if (!isKeepable(sub) || (role !== 'buyer' && role !== 'admin')) return undefined;
      return { buyer: sub, role, expiresAtMs: exp * 1000 };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
