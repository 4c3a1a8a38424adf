import type { Context } from 'hono';
import { DomainError } from '../../../domain/errors.ts';
import type { ApiEnv } from '../env.ts';
import { type Guard, guard } from '../steps.ts';

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Refuses bodies that are too large, compressed or not UTF-8. Runs after authentication: 401 and
 * 403 take precedence. A declared Content-Length is checked, which Node enforces; any other body is
 * read here and counted.
 *
 * @param maxBytes 64 KiB when left out
 */
export function limitBodyTo(maxBytes: number): Guard {
  return guard((c, next) => {
    refuseOddForms(c.req.header('content-encoding'), c.req.header('content-type'));
    const length = c.req.header('content-length');
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) {
      return readCounted(c, maxBytes).then(next);
    }
    if (Number(length) > maxBytes) throw tooLarge(maxBytes);
    return next();
  });
}

/** For routes that take a body: on any other route it is ignored. */
export const limitBody = limitBodyTo(MAX_BODY_BYTES);

/** Reads a body of unknown length, as far as it may go, and puts what was read in its place. */
async function readCounted(c: Context<ApiEnv>, maxBytes: number): Promise<void> {
  const { raw } = c.req;
  if (raw.body === null) return;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of raw.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  c.req.raw = new Request(raw, { body: Buffer.concat(chunks) });
}

function tooLarge(maxBytes: number): DomainError {
  return new DomainError('body_too_large', `The body may have at most ${maxBytes} bytes.`);
}

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
