import { createRoute } from '@hono/zod-openapi';
import { generateCookie, getCookie } from 'hono/cookie';
import type { StatusCode } from 'hono/utils/http-status';
import { DomainError } from '../../domain/errors.ts';
import type { AdminDeps } from '../deps.ts';
import { noStore, send } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { BOARD_POLICY } from '../http/policies.ts';
import { cookieTransport } from '../http/public-url.ts';
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
    `Sets a cookie that opens \`${BOARD_PATH}\` and nothing else, because a browser cannot send a token when it navigates. ` +
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
  deps: Pick<AdminDeps, 'queueSessions' | 'queueBoard' | 'publicUrl'>,
) {
  const { queueSessions, queueBoard } = deps;
  const { prefix, options } = cookieTransport(deps.publicUrl);
  const app = createApp();
  app.all(`${BOARD_PATH}/*`, async (c) => {
    const session = getCookie(c, COOKIE, prefix);
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
    const cookie = generateCookie(COOKIE, session, { ...options, maxAge: QUEUE_SESSION_SECONDS });
    return send(c, null, 204, { 'set-cookie': cookie });
  });
}
