import { createSecretKey } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { CLOCK_TOLERANCE_MS } from '../../domain/clock.ts';
import { deriveKey } from '../../process/derive-key.ts';
import type { Identity } from './identity.ts';

const ISSUER = 'fairline';
const AUDIENCE = 'fairline-order';
const TYPE = 'order+jwt';
const ALGORITHM = 'HS256';

/** How long an order token is valid. */
export const ORDER_TOKEN_SECONDS = 900;

/**
 * Access tokens for one order, for who opened the link in a mail. They are signed with another key
 * for another audience, so that nothing takes them that does not ask for them.
 */
export class OrderTokens {
  readonly #key;
  readonly #nowMs: () => number;

  /** @param secret AUTH_JWT_SECRET */
  constructor(secret: string, nowMs: () => number = Date.now) {
    this.#key = createSecretKey(deriveKey(secret, 'fairline order access v1'));
    this.#nowMs = nowMs;
  }

  /** A token for an order of a buyer. */
  make({ buyer, order }: { readonly buyer: string; readonly order: string }): Promise<string> {
    const nowSeconds = Math.floor(this.#nowMs() / 1_000);
    return new SignJWT({ order })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(buyer)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + ORDER_TOKEN_SECONDS)
      .sign(this.#key);
  }

  /** The buyer in the token, for the order in it only; undefined: forged, expired, another kind. */
  async verify(token: string): Promise<(Identity & { readonly order: string }) | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: TYPE,
        requiredClaims: ['exp', 'sub', 'order'],
        currentDate: new Date(this.#nowMs()),
        clockTolerance: CLOCK_TOLERANCE_MS / 1_000,
      });
      const { sub = '', order } = payload;
      return { buyer: sub, role: 'buyer', order: String(order) };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
