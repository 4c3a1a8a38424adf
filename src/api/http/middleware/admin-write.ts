import type { MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Logger } from 'pino';
import { noteAction, startAction } from '../../../db/admin-actions.ts';
import type { Db } from '../../../db/client.ts';
import type { ActionOutcome, AdminAction } from '../../../domain/admin-action.ts';
import type { ApiEnv } from '../env.ts';
import { limitBody } from './limit-body.ts';

export interface AdminWriteDeps {
  readonly db: Db;
  readonly log: Logger;
}

/**
 * What every admin route begins with that changes something: who may, how large the body may be,
 * and the trail. A row `started` is committed before the handler runs, and settled before the
 * answer goes out. So whatever happened is in the trail, also where the process dies in between,
 * and what cannot be written there does not happen (503). One row after the change would miss what
 * happened right before a crash. A transaction of both is not possible: the change is made in Redis.
 *
 * It stands before validation, so tries that were refused for their form are in the trail too.
 *
 * @param admin requires an access token of an admin
 */
export function adminWrite(
  deps: AdminWriteDeps,
  admin: MiddlewareHandler<ApiEnv>,
  action: AdminAction,
): MiddlewareHandler<ApiEnv>[] {
  return [admin, limitBody, leaveTrail(deps, action)];
}

function leaveTrail({ db, log }: AdminWriteDeps, action: AdminAction): MiddlewareHandler<ApiEnv> {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { buyer, email } = c.get('identity');
    const { saleId, productId, orderId, webhookId, deliveryId } = idsIn(c.req.param());
    const id = await startAction(db, {
      action,
      actor: { id: buyer, email: keepable(email) },
      sale: saleId,
      subject: productId ?? orderId ?? webhookId ?? deliveryId ?? saleId,
      requestId: c.get('requestId'),
    });
    let after: object | undefined;
    c.set('trail', {
      note: (facts) => noteAction(db, id, facts),
      changed(what) {
        after = what;
      },
    });
    await next(); // what the handler throws is an answer by then
    try {
      const outcome = outcomeOf(c.res.status);
      const facts = outcome === 'done' && after !== undefined ? { after } : {};
      await noteAction(db, id, facts, outcome);
    } catch (error) {
      // It has happened, or not: the answer says which. The row stays `started`.
      log.error({ err: error, action, requestId: c.get('requestId') }, 'trail not settled');
    }
  });
}

function outcomeOf(status: number): ActionOutcome {
  if (status < 400) return 'done';
  return status < 500 ? 'refused' : 'unclear';
}

/** Ids in the address, as far as they can be some: what else stands there is not kept. */
function idsIn(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(params).filter(([, id]) => /^[\w-]{1,64}$/.test(id)));
}

/** A claim of a token is anything; Postgres keeps no NUL and no half characters. */
function keepable(email: string | undefined): string | undefined {
  return email?.isWellFormed() && !email.includes('\0') ? email : undefined;
}
