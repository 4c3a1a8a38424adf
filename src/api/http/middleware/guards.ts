import type { AdminAction } from '../../../domain/admin-action.ts';
import type { Guard } from '../steps.ts';
import { type AdminWriteDeps, adminWrite } from './admin-write.ts';
import { type AuthenticateDeps, authenticate, authenticateForOrder } from './authenticate.ts';
import {
  type LimitDeps,
  limitAuthCalls,
  limitPayments,
  limitPolls,
  limitRefusals,
} from './limit-requests.ts';

/** Middleware of the routes, each created once per process. */
export interface Guards {
  /** Requires an access token of any role. */
  readonly authenticated: Guard;
  /** Requires an access token, or one for the order in the path. */
  readonly authenticatedForOrder: Guard;
  readonly admin: Guard;
  /** Guards every admin route that changes something. */
  readonly adminWrite: (action: AdminAction) => Guard[];
  readonly limitAuthCalls: Guard;
  readonly limitPolls: Guard;
  readonly limitPayments: Guard;
  readonly limitRefusals: Guard;
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
    limitRefusals: limitRefusals(deps),
  };
}
