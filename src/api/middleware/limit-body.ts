import { bodyLimit } from 'hono/body-limit';
import { DomainError } from '../../domain/errors.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** Refuses large bodies. Stands behind authentication: 401 and 403 come before everything else. */
export const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw new DomainError('body_too_large', `At most ${MAX_BODY_BYTES} bytes, please.`);
  },
});
