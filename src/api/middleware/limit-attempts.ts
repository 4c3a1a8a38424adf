import { createMiddleware } from 'hono/factory';
import { clientIp } from '../client-ip.ts';
import type { ApiEnv } from '../env.ts';
import { showLimit } from '../limit-fields.ts';

/**
 * Counts attempts to get in per IP, before anything of them is looked at; none where limits are
 * switched off.
 */
export const limitAttempts = createMiddleware<ApiEnv>(async (c, next) => {
  const ip = clientIp(c, c.get('trustedProxies'));
  showLimit(c, await c.get('protection')?.attempts.countCall(ip));
  await next();
});
