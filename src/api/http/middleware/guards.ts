import type { MiddlewareHandler } from 'hono';
import type { AdminAction } from '../../../domain/admin-action.ts';
import type { ApiEnv } from '../env.ts';
import { type AdminWriteDeps, adminWrite } from './admin-write.ts';
import { type AuthenticateDeps, authenticate, authenticateForOrder } from './authenticate.ts';
import { type LimitDeps, limitAuthCalls, limitPayments, limitPolls } from './limit-requests.ts';

/** Middleware of the routes, each created once per process. */
export interface Guards {
  /** Requires an access token of any role. */
  readonly authenticated: MiddlewareHandler<ApiEnv>;
  /** Requires an access token, or one for the order in the path. */
  readonly authenticatedForOrder: MiddlewareHandler<ApiEnv>;
  readonly admin: MiddlewareHandler<ApiEnv>;
  /** Guards every admin route that changes something. */
  readonly adminWrite: (action: AdminAction) => MiddlewareHandler<ApiEnv>[];
  readonly limitAuthCalls: MiddlewareHandler<ApiEnv>;
  readonly limitPolls: MiddlewareHandler<ApiEnv>;
  readonly limitPayments: MiddlewareHandler<ApiEnv>;
}

export type GuardDeps = AuthenticateDeps & AdminWriteDeps & LimitDeps;

export function createGuards(deps: GuardDeps): Guards {
  const admin = authenticate(deps, 'admin');
  return {
    authenticated: authenticate(deps),
    authenticatedForOrder: authenticateForOrder(deps),
    admin,
    adminWrite: (action) => adminWrite(deps, admin, action),
    limitAuthCalls: limitAuthCalls(deps),
    limitPolls: limitPolls(deps),
    limitPayments: limitPayments(deps),
  };
}
