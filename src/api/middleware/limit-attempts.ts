import { createMiddleware } from 'hono/factory';
import { clientIp } from '../client-ip.ts';
import type { ApiEnv } from '../env.ts';
import { showLimit } from '../limit-fields.ts';

/**
 * Counts attempts to get in per IP, before anything of them is looked at; none where limits are
 * switched off.
 */
export const limitAttempts = createMiddleware<ApiEnv>(async (c, next) => {
  const { limits, trustedProxies } = c.get('auth');
  showLimit(c, await limits?.countCall(clientIp(c, trustedProxies)));
  await next();
});
