import type { AdminAction } from '../../../domain/admin-action.ts';
import type { Guard } from '../steps.ts';
import { type AdminWriteDeps, adminLook, adminWrite } from './admin-write.ts';
import { type AuthenticateDeps, authenticate, authenticateForOrder } from './authenticate.ts';
import {
  type LimitDeps,
  limitAuthCalls,
  limitPayments,
  limitPolls,
  limitRefusals,
} from './limit-requests.ts';
import { refusedAccess } from './refused-access.ts';

/** Middleware of the routes, each created once per process. */
export interface Guards {
  /** Requires an access token of any role. */
  readonly authenticated: Guard;
  /** Requires an access token, or one for the order in the path. */
  readonly authenticatedForOrder: Guard;
  readonly admin: Guard;
  /** Guards every admin route that changes something. */
  readonly adminWrite: (action: AdminAction) => Guard[];
  /** Guards an admin route that changes nothing, but is to be in the trail. */
  readonly adminLook: (action: AdminAction) => Guard[];
  readonly limitAuthCalls: Guard;
  readonly limitPolls: Guard;
  readonly limitPayments: Guard;
  readonly limitRefusals: Guard;
}

export type GuardDeps = AuthenticateDeps & AdminWriteDeps & LimitDeps;

export function createGuards(deps: GuardDeps): Guards {
  const admin = authenticate(deps, 'admin', refusedAccess(deps));
  return {
    authenticated: authenticate(deps),
    authenticatedForOrder: authenticateForOrder(deps),
    admin,
    adminWrite: (action) => adminWrite(deps, admin, action),
    adminLook: (action) => adminLook(deps, admin, action),
    limitAuthCalls: limitAuthCalls(deps),
    limitPolls: limitPolls(deps),
    limitPayments: limitPayments(deps),
    limitRefusals: limitRefusals(deps),
  };
}
