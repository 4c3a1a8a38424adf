import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Session } from '../../accounts/sessions.ts';
import { noteLogIn } from '../../db/admin-actions.ts';
import { findUser } from '../../db/users.ts';
import { DomainError } from '../../domain/errors.ts';
import type { IdentityDeps } from '../deps.ts';
import { answer, noStore, requestIdOf, send } from '../http/answer.ts';
import { clientIp, networkOf } from '../http/client-ip.ts';
import { createApp } from '../http/create-app.ts';
import type { ApiEnv } from '../http/env.ts';
import { showLimit } from '../http/limit-fields.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { limitBody } from '../http/middleware/limit-body.ts';
import { guard } from '../http/steps.ts';
import {
  guestSchema,
  loginSchema,
  meSchema,
  refreshTokenSchema,
  registrationSchema,
  type SessionView,
  sessionSchema,
} from '../schemas/auth.ts';
import { bearer, body, json } from '../schemas/common.ts';
import { problems } from '../schemas/problem.ts';
import { makeAccessToken } from '../tokens/access-token.ts';

/** How long an access token is valid. It cannot be revoked, a refresh token can. */
const ACCESS_TTL_SECONDS = 900;

const common = { tags: ['Accounts'] };
const BODY = [
  'malformed_json',
  'body_too_large',
  'unsupported_media_type',
  'validation_failed',
] as const;

const keepSecret = guard((c, next) => {
  noStore(c);
  return next();
});

const me = createRoute({
  ...common,
  method: 'get',
  path: '/api/me',
  operationId: 'getMe',
  summary: 'The identity of your token',
  description:
    'The account, with the role of the token; without an account the claims of the token.',
  security: bearer,
  responses: {
    200: json('You', meSchema),
    ...problems('unauthenticated', 'too_many_requests', 'unavailable'),
  },
});

const register = createRoute({
  ...common,
  method: 'post',
  path: '/api/auth/register',
  operationId: 'register',
  summary: "Create a buyer's account",
  request: { body: body(registrationSchema) },
  responses: {
    201: json('You are in', sessionSchema),
    ...problems(...BODY, 'registration_refused', 'too_many_requests', 'unavailable'),
  },
});

const logIn = createRoute({
  ...common,
  method: 'post',
  path: '/api/auth/login',
  operationId: 'logIn',
  summary: 'Log in',
  request: { body: body(loginSchema) },
  responses: {
    200: json('You are in', sessionSchema),
    ...problems(...BODY, 'invalid_credentials', 'too_many_requests', 'unavailable'),
  },
});

const guest = createRoute({
  ...common,
  method: 'post',
  path: '/api/auth/guest',
  operationId: 'beGuest',
  summary: 'Buy without an account',
  description: 'Each call creates a new buyer.',
  request: { body: body(guestSchema) },
  responses: {
    201: json('You are in', sessionSchema),
    ...problems(...BODY, 'guests_not_allowed', 'too_many_requests', 'unavailable'),
  },
});

const refresh = createRoute({
  ...common,
  method: 'post',
  path: '/api/auth/refresh',
  operationId: 'refreshTokens',
  summary: 'Exchange a refresh token for a new pair',
  description:
    'The old token can be exchanged again until its successor has been used: an answer may be ' +
    'lost. Using it after that revokes the session, because two parties hold its tokens.',
  request: { body: body(refreshTokenSchema) },
  responses: {
    200: json('The new pair', sessionSchema),
    ...problems(...BODY, 'invalid_refresh_token', 'too_many_requests', 'unavailable'),
  },
});

const logOut = createRoute({
  ...common,
  method: 'post',
  path: '/api/auth/logout',
  operationId: 'logOut',
  summary: 'End the session of a refresh token',
  description:
    'The answer is the same if there is none. Its access token stays valid until it expires.',
  request: { body: body(refreshTokenSchema) },
  responses: {
    204: { description: 'It has ended' },
    ...problems(...BODY, 'too_many_requests', 'unavailable'),
  },
});

/** The route definitions. */
export const AUTH_ROUTES = [register, logIn, guest, refresh, logOut, me];

/** Routes of accounts and their tokens. */
export function authRoutes(
  { authenticated, limitAuthCalls, limitPolls }: Guards,
  deps: IdentityDeps,
) {
  const { db, sessions, contacts, secrets, allowGuests, proxyTrust, addresses, security } = deps;
  const limited = [keepSecret, limitAuthCalls, limitBody];
  const refuseGuests = guard((_, next) => {
    if (!allowGuests) throw new DomainError('guests_not_allowed');
    return next();
  });

  const networkAt = (c: Context<ApiEnv>) => networkOf(clientIp(c, proxyTrust));
  const show = async ({ user, refreshToken }: Session): Promise<SessionView> => {
    const { id: sub, role, email } = user;
    if (role === 'buyer') contacts.note(sub, email);
    const claims = { sub, role, email, ttlSeconds: ACCESS_TTL_SECONDS };
    const accessToken = await makeAccessToken(secrets[0], claims);
    return { user, accessToken, refreshToken, expiresIn: ACCESS_TTL_SECONDS };
  };

  return createApp()
    .openapi({ ...register, middleware: limited }, async (c) => {
      const { email, password, name = null } = c.req.valid('json');
      const session = await sessions.register({ email, password, name }, networkAt(c));
      return answer(c, await show(session), 201);
    })
    .openapi({ ...logIn, middleware: limited }, async (c) => {
      const session = await sessions.logIn(c.req.valid('json'), networkAt(c));
      const { id, email, role } = session.user;
      if (role === 'admin') {
        const at = { requestId: requestIdOf(c), address: addresses.of(c) };
        await noteLogIn(db, { actor: { id, email: email ?? undefined }, ...at });
      }
      security.loggedIn(c, { id, role });
      return answer(c, await show(session), 200);
    })
    .openapi({ ...guest, middleware: [refuseGuests, ...limited] }, async (c) =>
      answer(c, await show(await sessions.beGuest(c.req.valid('json').email)), 201),
    )
    .openapi({ ...refresh, middleware: [keepSecret, limitBody] }, async (c) => {
      const ip = () => clientIp(c, proxyTrust);
      const { limit, ...session } = await sessions.refresh(c.req.valid('json').refreshToken, ip);
      showLimit(c, limit);
      return answer(c, await show(session), 200);
    })
    .openapi({ ...logOut, middleware: limited }, async (c) => {
      await sessions.logOut(c.req.valid('json').refreshToken);
      return send(c, null, 204);
    })
    .openapi({ ...me, middleware: [authenticated, limitPolls] }, async (c) => {
      const { buyer: id, role, email = null } = c.get('identity');
      const user = await findUser(db, id);
      const { email: address, name } = user ?? { email, name: null };
      return answer(c, { user: { id, email: address, name, role } }, 200);
    });
}
