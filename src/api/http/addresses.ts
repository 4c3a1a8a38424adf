import { createHmac } from 'node:crypto';
import type { Context } from 'hono';
import type { AuthSecrets } from '../../process/auth-secrets.ts';
import { deriveKey } from '../../process/derive-key.ts';
import type { ProxyTrust } from '../../process/proxy-trust.ts';
import { clientIp } from './client-ip.ts';
import type { ApiEnv } from './env.ts';

/**
 * Names the IP of a request in the trail and the log without telling it: the same address has the
 * same name, and only who has the secret can find out whether an address is the one. With another
 * secret it has another name: nothing but people compares them.
 */
export class Addresses {
  readonly #key: Buffer;
  readonly #proxyTrust: ProxyTrust;

  constructor([secret]: AuthSecrets, proxyTrust: ProxyTrust) {
    this.#key = deriveKey(secret, 'fairline address v1');
    this.#proxyTrust = proxyTrust;
  }

  /** A keyed hash of the address that a request is counted for: 16 URL-safe characters. */
  of(c: Context<ApiEnv>): string {
    const ip = clientIp(c, this.#proxyTrust);
    return createHmac('sha256', this.#key)
      .update(ip)
      .digest()
      .subarray(0, 12)
      .toString('base64url');
  }
}
