import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { DomainError } from '../../../domain/errors.ts';

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Refuses bodies that are large, compressed or not UTF-8. Stands behind authentication: 401 and 403
 * come before everything else. A body that says its length is judged by that, which Node enforces;
 * only others are counted, because Hono's bodyLimit turns each body into a stream, which costs more
 * than the rest of accepting.
 *
 * @param maxBytes 64 KiB when left out
 */
export function limitBodyTo(maxBytes: number) {
  const refuse = (): never => {
    throw new DomainError('body_too_large', `At most ${maxBytes} bytes, please.`);
  };
  const countBody = bodyLimit({ maxSize: maxBytes, onError: refuse });
  return createMiddleware(async (c, next) => {
    refuseOddForms(c.req.header('content-encoding'), c.req.header('content-type'));
    const length = c.req.header('content-length');
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) {
      return countBody(c, next);
    }
    if (Number(length) > maxBytes) refuse();
    return next();
  });
}

/** For routes that take a body: one on any other route is passed over. */
export const limitBody = limitBodyTo(MAX_BODY_BYTES);

/**
 * Read as plain UTF-8, what says to be something else would be taken for something that it is not.
 */
function refuseOddForms(encoding: string | undefined, type = ''): void {
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new DomainError('unsupported_media_type', 'The body must not be compressed.');
  }
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(type)?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new DomainError('unsupported_media_type', 'The body must be UTF-8.');
  }
}
