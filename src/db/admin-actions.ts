import type { ActionOutcome, AdminAction } from '../domain/admin-action.ts';
import type { Db } from './client.ts';

/** What is known of an action before it starts. */
export interface NewAction {
  readonly action: AdminAction;
  readonly actor: { readonly id: string; readonly email?: string | undefined };
  readonly sale?: string | undefined;
  /** Id of its subject. */
  readonly subject?: string | undefined;
  readonly requestId: string;
}

/** What becomes known of an action later; omitted fields stay unchanged. */
export interface ActionFacts {
  readonly sale?: string;
  readonly subject?: string;
  /** The request, and its subject before and after, in the API's format. */
  readonly wanted?: object;
  readonly before?: object;
  readonly after?: object;
}

/** Records the start of an action; `started` until its end is recorded. Returns its id. */
export async function startAction(db: Db, action: NewAction): Promise<number> {
  const { id } = await db
    .insertInto('admin_actions')
    .values({
      action: action.action,
      actor_id: action.actor.id,
      actor_email: action.actor.email ?? null,
      sale_id: action.sale ?? null,
      subject_id: action.subject ?? null,
      request_id: action.requestId,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Adds to the record of an action; an outcome ends it. */
export async function noteAction(
  db: Db,
  id: number,
  { sale, subject, wanted, before, after }: ActionFacts,
  outcome?: ActionOutcome,
): Promise<void> {
  const set = {
    ...(sale === undefined ? {} : { sale_id: sale }),
    ...(subject === undefined ? {} : { subject_id: subject }),
    ...(wanted === undefined ? {} : { wanted: JSON.stringify(wanted) }),
    ...(before === undefined ? {} : { before: JSON.stringify(before) }),
    ...(after === undefined ? {} : { after: JSON.stringify(after) }),
    ...(outcome === undefined ? {} : { outcome }),
  };
  if (Object.keys(set).length === 0) return;
  await db.updateTable('admin_actions').set(set).where('id', '=', id).execute();
}

/** Which actions: `after` is the id of the last action of the page before. */
export interface ActionFilter {
  readonly sale?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: AdminAction | undefined;
  readonly after?: number | undefined;
}

/** Up to `limit` actions, newest first. */
export function findActions(db: Db, filter: ActionFilter, limit: number) {
  const { sale, actor, action, after } = filter;
  let query = db.selectFrom('admin_actions').selectAll().orderBy('id', 'desc').limit(limit);
  if (sale !== undefined) query = query.where('sale_id', '=', sale);
  if (actor !== undefined) query = query.where('actor_id', '=', actor);
  if (action !== undefined) query = query.where('action', '=', action);
  if (after !== undefined) query = query.where('id', '<', after);
  return query.execute();
}
