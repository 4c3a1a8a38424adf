import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import { DomainError } from '../../domain/errors.ts';

/**
 * How long keys are used while they cannot be refreshed, in ms: it bounds the use of a revoked key.
 */
const STALE_MS = 3_600_000;

/** Pause after a failed fetch of the keys, in ms. */
const PAUSE_MS = 5_000;

/**
 * The keys of an identity provider: cached, and refreshed after ten minutes or for an unknown key.
 * While they cannot be fetched, those of the last hour stay valid.
 *
 * @param nowMs a clock, in ms
 * @returns finds the key of a token; throws JOSEError where it has none, DomainError unavailable
 *   where the keys cannot be fetched
 */
export function keysOf(url: string, log: Logger, nowMs: () => number): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(url));
  let fetchedAtMs: number | undefined;
  let failedAtMs: number | undefined;
  const unavailable = () =>
    new DomainError('unavailable', 'The identity provider is currently unavailable.');
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
        log.warn({ err: error }, 'the keys of the identity provider cannot be fetched');
        failedAtMs = nowMs();
      }
    }
    const known = remote.jwks();
    const isStale = fetchedAtMs === undefined || nowMs() - fetchedAtMs > STALE_MS;
    if (known === undefined || isStale) throw unavailable();
    try {
      return await createLocalJWKSet(known)(header, token);
    } catch (error) {
      // It may use a key that we could not fetch, so it is not known to be invalid.
      throw error instanceof errors.JWKSNoMatchingKey ? unavailable() : error;
    }
  };
}

/** Whether the token has no key (the token's fault), rather than the keys being unavailable. */
function isOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
