import { errors, SignJWT } from 'jose';
import { CLOCK_TOLERANCE_MS } from '../../domain/clock.ts';
import { type AuthKeys, type AuthSecrets, deriveKeys } from '../../process/auth-secrets.ts';
import { verifyJwt } from './verify-jwt.ts';

const ISSUER = 'fairline';
const AUDIENCE = 'fairline-order';
const TYPE = 'order+jwt';
const ALGORITHM = 'HS256';

/** How long an order token is valid. */
export const ORDER_TOKEN_SECONDS = 900;

/** What a link gives access to. */
export interface OrderAccess {
  readonly buyer: string;
  readonly order: string;
  /** The hash of its key. */
  readonly link: Buffer;
}

/**
 * Access tokens for one order, for who opened the link in a mail. They are signed with another key
 * for another audience, so that nothing takes them that does not ask for them. They name the link
 * that was opened: once that is withdrawn, they are worth nothing.
 */
export class OrderTokens {
  readonly #keys: AuthKeys;
  readonly #nowMs: () => number;

  constructor(secrets: AuthSecrets, nowMs: () => number = Date.now) {
    this.#keys = deriveKeys(secrets, 'fairline order access v1');
    this.#nowMs = nowMs;
  }

  /** A token for an order of a buyer, by the hash of the key that opened it. */
  make({ buyer, order, link }: OrderAccess): Promise<string> {
    const nowSeconds = Math.floor(this.#nowMs() / 1_000);
    return new SignJWT({ order, link: link.toString('base64url') })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(buyer)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + ORDER_TOKEN_SECONDS)
      .sign(this.#keys[0]);
  }

  /** The buyer in the token, for the order in it only; undefined: forged, expired, another kind. */
  async verify(token: string): Promise<OrderAccess | undefined> {
    try {
      const {
        sub = '',
        order,
        link,
      } = await verifyJwt(token, this.#keys, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: TYPE,
        requiredClaims: ['exp', 'sub', 'order', 'link'],
        currentDate: new Date(this.#nowMs()),
        clockTolerance: CLOCK_TOLERANCE_MS / 1_000,
      });
      return { buyer: sub, order: String(order), link: Buffer.from(String(link), 'base64url') };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
