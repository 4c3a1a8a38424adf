import type { MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Contacts } from '../../../accounts/contacts.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { Role } from '../../../domain/role.ts';
import type { AccessTokens } from '../../tokens/access-token.ts';
import type { ApiEnv } from '../env.ts';
import { noStore } from './secure-answers.ts';

export interface AuthenticateDeps {
  readonly tokens: AccessTokens;
  readonly contacts: Contacts;
}

/**
 * Requires an access token, and a role if one is given. Runs before validation: 401 and 403
 * disclose nothing about the route. No cache may store the response.
 */
export function authenticate(
  { tokens, contacts }: AuthenticateDeps,
  role?: Role,
): MiddlewareHandler<ApiEnv> {
  return createMiddleware<ApiEnv>(async (c, next) => {
    noStore(c);
    const header = c.req.header('authorization') ?? '';
    const token = /^bearer /i.test(header) ? header.slice('bearer '.length).trim() : '';
    const identity = token === '' ? undefined : await tokens.verify(token);
    if (identity === undefined) {
      throw new DomainError(
        'unauthenticated',
        'Send a valid access token: "Authorization: Bearer …". It may have expired.',
      );
    }
    if (role !== undefined && identity.role !== role) {
      throw new DomainError('forbidden', `This requires the role "${role}".`);
    }
    // Admins receive no messages about orders.
    if (identity.role === 'buyer') contacts.note(identity.buyer, identity.email);
    c.set('identity', identity);
    await next();
  });
}
