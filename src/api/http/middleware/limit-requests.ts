import { createMiddleware } from 'hono/factory';
import { clientIp } from '../client-ip.ts';
import type { ApiEnv } from '../env.ts';
import { showLimit } from '../limit-fields.ts';

/**
 * Counts calls to get in per IP, before anything of them is looked at; none where limits are
 * switched off.
 */
export const limitAuthCalls = createMiddleware<ApiEnv>(async (c, next) => {
  const ip = clientIp(c, c.get('trustedProxies'));
  showLimit(c, await c.get('protection')?.attempts.countAuthCall(ip));
  await next();
});

/**
 * Counts reads and small writes: of the buyer behind `authenticate`, and of the IP; nothing where
 * limits are switched off.
 */
export const limitPolls = createMiddleware<ApiEnv>(async (c, next) => {
  const ip = () => clientIp(c, c.get('trustedProxies'));
  showLimit(c, await c.get('protection')?.requests.countPoll(ip, c.get('identity')?.buyer));
  await next();
});

/**
 * Counts calls that end in one to Stripe, behind `authenticate`; none where limits are switched
 * off.
 */
export const limitPayments = createMiddleware<ApiEnv>(async (c, next) => {
  showLimit(c, await c.get('protection')?.requests.countPayment(c.get('identity').buyer));
  await next();
});
