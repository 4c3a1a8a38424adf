import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import { DomainError } from '../../domain/errors.ts';

/** How long keys are used that cannot be fetched anew, in ms: a key that is taken back ends then. */
const STALE_MS = 3_600_000;

/** How long nobody asks again after keys could not be had, in ms. */
const PAUSE_MS = 5_000;

/**
 * The keys of an identity provider: fetched once, and anew after ten minutes or for a key that is not among them.
 * While they cannot be had, those of the last hour go on.
 *
 * @param nowMs a clock, in ms
 * @returns finds the key of a token; throws JOSEError where it has none, DomainError unavailable where the keys
 *   cannot be had
 */
export function keysOf(url: string, log: Logger, nowMs: () => number): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(url));
  let fetchedAtMs: number | undefined;
  let failedAtMs: number | undefined;
  const unavailable = () =>
    new DomainError('unavailable', 'The identity provider is away for the moment.');
  return async (header, token) => {
    const isPausing = failedAtMs !== undefined && nowMs() - failedAtMs < PAUSE_MS;
    if (!isPausing) {
      try {
        const key = await remote(header, token);
        fetchedAtMs = nowMs();
        failedAtMs = undefined;
        return key;
      } catch (error) {
        if (isOfToken(error)) throw error;
        log.warn({ err: error }, 'the keys of the identity provider cannot be had');
        failedAtMs = nowMs();
      }
    }
    const known = remote.jwks();
    const isStale = fetchedAtMs === undefined || nowMs() - fetchedAtMs > STALE_MS;
    if (known === undefined || isStale) throw unavailable();
    try {
      return await createLocalJWKSet(known)(header, token);
    } catch (error) {
      // It may be of a key that we could not fetch: whose fault that is, nobody knows.
      throw error instanceof errors.JWKSNoMatchingKey ? unavailable() : error;
    }
  };
}

/** Tells a token without a key (the token's fault) from keys that cannot be had (nobody's here). */
function isOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
