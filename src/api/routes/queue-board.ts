import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { generateCookie, getCookie } from 'hono/cookie';
import type { StatusCode } from 'hono/utils/http-status';
import { DomainError } from '../../domain/errors.ts';
import type { AdminDeps } from '../deps.ts';
import { noStore, send } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { BOARD_POLICY } from '../http/policies.ts';
import { BOARD_PATH } from '../pages/api-paths.ts';
import { bearer } from '../schemas/common.ts';
import { problems } from '../schemas/problem.ts';
import { QUEUE_SESSION_SECONDS } from '../tokens/queue-session.ts';

const COOKIE = 'fairline_queues';

const openSession = createRoute({
  method: 'post',
  path: '/api/admin/queues/session',
  operationId: 'openQueueSession',
  tags: ['Admin'],
  security: bearer,
  summary: `Give this browser access to ${BOARD_PATH} for half an hour`,
  description:
    `Sets a cookie that is valid for \`${BOARD_PATH}\` only, because a browser cannot send a token when it navigates. ` +
    'The queues are read-only. That somebody looks is in the trail.',
  responses: {
    204: { description: 'The cookie is set' },
    ...problems('unauthenticated', 'forbidden', 'unavailable'),
  },
});

/** The route definitions. */
export const QUEUE_BOARD_ROUTES = [openSession];

/** The queues as a page, for admins. */
export function queueBoardRoutes(
  { adminLook }: Guards,
  deps: Pick<AdminDeps, 'queueSessions' | 'queueBoard' | 'trustedProxies' | 'publicUrl'>,
) {
  const { queueSessions, queueBoard } = deps;
  const app = createApp();
  app.all(`${BOARD_PATH}/*`, async (c) => {
    const session = getCookie(c, COOKIE);
    const isValid = session !== undefined && (await queueSessions.isValid(session));
    if (!isValid) return send(c, null, 302, { location: '/admin' });
    noStore(c);
    // Read-only queues refuse changes of one queue; this refuses changes of all.
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') throw new DomainError('not_found');
    const { body, status, headers } = await queueBoard.fetch(c.req.raw);
    return send(c, body, status as StatusCode, {
      ...Object.fromEntries(headers),
      'cache-control': 'no-store',
      'content-security-policy': BOARD_POLICY,
    });
  });
  return app.openapi({ ...openSession, middleware: adminLook('queues.look') }, async (c) => {
    const session = await queueSessions.make(c.get('identity').buyer);
    const cookie = generateCookie(COOKIE, session, {
      path: BOARD_PATH,
      httpOnly: true,
      sameSite: 'Strict',
      secure: isHttps(c, deps),
      maxAge: QUEUE_SESSION_SECONDS,
    });
    return send(c, null, 204, { 'set-cookie': cookie });
  });
}

/** Whether the browser uses TLS, with us or with a proxy: PUBLIC_URL or a trusted proxy says so. */
function isHttps(
  c: Context,
  { publicUrl, trustedProxies }: Pick<AdminDeps, 'publicUrl' | 'trustedProxies'>,
): boolean {
  if (publicUrl?.startsWith('https:')) return true;
  if (new URL(c.req.url).protocol === 'https:') return true;
  return trustedProxies > 0 && c.req.header('x-forwarded-proto') === 'https';
}
