import type { Logger } from 'pino';
import { noteAction, startAction } from '../../../db/admin-actions.ts';
import type { Db } from '../../../db/client.ts';
import type { ActionOutcome, AdminAction } from '../../../domain/admin-action.ts';
import { ID_FORM } from '../../../domain/id.ts';
import type { Addresses } from '../addresses.ts';
import { requestIdOf } from '../answer.ts';
import { statusOf } from '../problem.ts';
import { type Guard, guard } from '../steps.ts';
import { limitBody } from './limit-body.ts';

export interface AdminWriteDeps {
  readonly db: Db;
  readonly log: Logger;
  readonly addresses: Addresses;
}

/**
 * Guards every admin route that changes something: authorisation, the body's size, and the audit
 * trail. A row `started` is committed before the handler runs, and one with the outcome before the
 * answer is sent. So every change is in the trail, even if the process dies in between, and a
 * change that cannot be recorded is not made (503). A single row after the change would miss what
 * happened right before a crash. A transaction around both is impossible: the change is made in
 * Redis.
 *
 * It runs before validation, so malformed attempts are in the trail too.
 *
 * @param admin requires an access token of an admin
 */
export function adminWrite(deps: AdminWriteDeps, admin: Guard, action: AdminAction): Guard[] {
  return [admin, limitBody, leaveTrail(deps, action)];
}

/**
 * Guards an admin route that changes nothing, but is to be in the trail. What cannot be recorded is
 * not shown. A file is `done` once it has begun.
 */
export function adminLook(deps: AdminWriteDeps, admin: Guard, action: AdminAction): Guard[] {
  return [admin, leaveTrail(deps, action)];
}

function leaveTrail({ db, log, addresses }: AdminWriteDeps, action: AdminAction): Guard {
  return guard(async (c, next) => {
    const { buyer, email } = c.get('identity');
    const { saleId, productId, orderId, webhookId, deliveryId } = idsIn(c.req.param());
    const started = await startAction(db, {
      action,
      actor: { id: buyer, email: keepable(email) },
      sale: saleId,
      subject: productId ?? orderId ?? webhookId ?? deliveryId ?? saleId,
      requestId: requestIdOf(c),
      address: addresses.of(c),
    });
    let after: object | undefined;
    c.set('trail', {
      note: (facts) => noteAction(db, started, facts),
      changed(what) {
        after = what;
      },
    });
    const settle = async (status: number) => {
      try {
        const outcome = outcomeOf(status);
        const facts = outcome === 'done' && after !== undefined ? { after } : {};
        await noteAction(db, started, facts, outcome);
      } catch (error) {
        // Whether it happened is in the response. The action stays `started`.
        log.error({ err: error, action, requestId: requestIdOf(c) }, 'trail not settled');
      }
    };
    try {
      const response = await next();
      await settle(response.status);
      return response;
    } catch (error) {
      await settle(statusOf(error));
      throw error;
    }
  });
}

function outcomeOf(status: number): ActionOutcome {
  if (status < 400) return 'done';
  return status < 500 ? 'refused' : 'unclear';
}

/** Well-formed ids in the path; anything else in it is not stored. */
function idsIn(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(params).filter(([, id]) => ID_FORM.test(id)));
}

/** A token's claim may be any text; Postgres accepts no NUL and no lone surrogates. */
export function keepable(email: string | undefined): string | undefined {
  return email?.isWellFormed() && !email.includes('\0') ? email : undefined;
}
