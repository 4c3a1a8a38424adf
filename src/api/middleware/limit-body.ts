import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { DomainError } from '../../domain/errors.ts';

const MAX_BODY_BYTES = 64 * 1024;

const refuse = (): never => {
  throw new DomainError('body_too_large', `At most ${MAX_BODY_BYTES} bytes, please.`);
};

const countBody = bodyLimit({ maxSize: MAX_BODY_BYTES, onError: refuse });

/**
 * Refuses large bodies. Stands behind authentication: 401 and 403 come before everything else. A body that says its
 * length is judged by that, which Node enforces; only others are counted, because Hono's bodyLimit turns each body
 * into a stream, which costs more than the rest of accepting.
 */
export const limitBody = createMiddleware(async (c, next) => {
  const length = c.req.header('content-length');
  if (length === undefined || c.req.header('transfer-encoding') !== undefined) {
    return countBody(c, next);
  }
  if (Number(length) > MAX_BODY_BYTES) refuse();
  return next();
});
