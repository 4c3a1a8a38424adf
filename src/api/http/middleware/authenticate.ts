import { createMiddleware } from 'hono/factory';
import { DomainError } from '../../../domain/errors.ts';
import type { Role } from '../../../domain/role.ts';
import type { ApiEnv } from '../env.ts';
import { noStore } from './secure-answers.ts';

/**
 * Requires an access token, and a role where one is given. Comes before validation: 401 and 403
 * tell nothing of what is behind them. Nobody on the way may keep the answer.
 */
export function authenticate(role?: Role) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    noStore(c);
    const header = c.req.header('authorization') ?? '';
    const token = /^bearer /i.test(header) ? header.slice('bearer '.length).trim() : '';
    const identity = token === '' ? undefined : await c.get('tokens').verify(token);
    if (identity === undefined) {
      throw new DomainError(
        'unauthenticated',
        'Send a valid access token: "Authorization: Bearer …". It may have expired.',
      );
    }
    if (role !== undefined && identity.role !== role) {
      throw new DomainError('forbidden', `This needs the role "${role}".`);
    }
    // Admins are not told of orders.
    if (identity.role === 'buyer') c.get('contacts').note(identity.buyer, identity.email);
    c.set('identity', identity);
    await next();
  });
}
