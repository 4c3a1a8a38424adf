import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { DomainError } from '../../../domain/errors.ts';

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Refuses bodies that are too large, compressed or not UTF-8. Runs after authentication: 401 and
 * 403 take precedence. A declared Content-Length is checked, which Node enforces; only other bodies
 * are counted, because Hono's bodyLimit turns each body into a stream, which costs more than the
 * rest of accepting.
 *
 * @param maxBytes 64 KiB when left out
 */
export function limitBodyTo(maxBytes: number) {
  const refuse = (): never => {
    throw new DomainError('body_too_large', `The body may have at most ${maxBytes} bytes.`);
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

/** For routes that take a body: on any other route it is ignored. */
export const limitBody = limitBodyTo(MAX_BODY_BYTES);

/** A body in another encoding, read as plain UTF-8, would be misinterpreted. */
function refuseOddForms(encoding: string | undefined, type = ''): void {
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new DomainError('unsupported_media_type', 'The body must not be compressed.');
  }
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(type)?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new DomainError('unsupported_media_type', 'The body must be UTF-8.');
  }
}
