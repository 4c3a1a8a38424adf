import type { Selectable } from 'kysely';
import type { ActionOutcome, AdminAction } from '../domain/admin-action.ts';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

/** What is known of an action before it starts. */
export interface NewAction {
  readonly action: AdminAction;
  readonly actor: { readonly id: string; readonly email?: string | undefined };
  readonly sale?: string | undefined;
  /** Id of its subject. */
  readonly subject?: string | undefined;
  readonly requestId: string;
  /** The keyed hash of the IP that it came from. */
  readonly address: string;
}

/** What becomes known of an action later. */
export interface ActionFacts {
  readonly sale?: string;
  readonly subject?: string;
  /** The request, and its subject before and after, in the API's format. */
  readonly wanted?: object;
  readonly before?: object;
  readonly after?: object;
}

/** An action whose start is in the trail. */
export interface StartedAction {
  readonly id: number;
  readonly start: NewAction;
}

/** Records the start of an action; `started` until its end is recorded. */
export async function startAction(db: Db, start: NewAction): Promise<StartedAction> {
  const { id } = await db
    .insertInto('admin_actions')
    .values(beginningOf(start))
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, start };
}

/** Records that an admin has logged in. */
export async function noteLogIn(
  db: Db,
  logIn: Pick<NewAction, 'actor' | 'requestId' | 'address'>,
): Promise<void> {
  const row = beginningOf({ action: 'session.start', ...logIn });
  await db
    .insertInto('admin_actions')
    .values({ ...row, outcome: 'done' })
    .execute();
}

/** Records that somebody was refused on an admin route; `wanted` says on which. */
export async function noteRefusal(
  db: Db,
  { wanted, ...by }: Pick<NewAction, 'actor' | 'requestId' | 'address'> & { wanted: object },
): Promise<void> {
  const row = beginningOf({ action: 'access.refuse', ...by });
  await db
    .insertInto('admin_actions')
    .values({ ...row, wanted: JSON.stringify(wanted), outcome: 'refused' })
    .execute();
}

function beginningOf({ action, actor, sale, subject, requestId, address }: NewAction) {
  return {
    action,
    actor_id: actor.id,
    actor_email: actor.email ?? null,
    sale_id: sale ?? null,
    subject_id: subject ?? null,
    request_id: requestId,
    address,
  };
}

/**
 * Adds to the record of an action, in a row of its own: nothing in the trail is changed. An outcome
 * ends the action.
 */
export async function noteAction(
  db: Db,
  { id, start }: StartedAction,
  { sale, subject, wanted, before, after }: ActionFacts,
  outcome: ActionOutcome = 'started',
): Promise<void> {
  await db
    .insertInto('admin_actions')
    .values({
      ...beginningOf({ ...start, sale, subject }),
      wanted: wanted === undefined ? null : JSON.stringify(wanted),
      before: before === undefined ? null : JSON.stringify(before),
      after: after === undefined ? null : JSON.stringify(after),
      outcome,
      action_id: id,
    })
    .execute();
}

/** Which actions: `after` is the id of the last action of the page before. */
export interface ActionFilter {
  readonly sale?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: AdminAction | undefined;
  readonly after?: number | undefined;
}

/** Up to `limit` actions with what was added to each, newest first. */
export async function findActions(db: Db, filter: ActionFilter, limit: number) {
  const { sale, actor, action, after } = filter;
  let query = db
    .selectFrom('admin_actions')
    .selectAll()
    .where('action_id', 'is', null)
    .orderBy('id', 'desc')
    .limit(limit);
  if (sale !== undefined) {
    // Which sale an action is about may have become known later.
    const noted = db
      .selectFrom('admin_actions')
      .select('action_id')
      .where('sale_id', '=', sale)
      .where('action_id', 'is not', null);
    query = query.where((eb) => eb.or([eb('sale_id', '=', sale), eb('id', 'in', noted)]));
  }
  if (actor !== undefined) query = query.where('actor_id', '=', actor);
  if (action !== undefined) query = query.where('action', '=', action);
  if (after !== undefined) query = query.where('id', '<', after);
  const started = await query.execute();
  const notes = await findNotes(
    db,
    started.map(({ id }) => id),
  );
  return started.map((row) => (notes.get(row.id) ?? []).reduce(withNote, row));
}

/** What was added to actions, oldest first, by the id of the action. */
async function findNotes(db: Db, ids: readonly number[]) {
  if (ids.length === 0) return new Map<number | null, ActionRow[]>();
  const rows = await db
    .selectFrom('admin_actions')
    .selectAll()
    .where('action_id', 'in', ids)
    .orderBy('id')
    .execute();
  return Map.groupBy(rows, (row) => row.action_id);
}

type ActionRow = Selectable<Database['admin_actions']>;

function withNote(row: ActionRow, note: ActionRow): ActionRow {
  return {
    ...row,
    sale_id: note.sale_id ?? row.sale_id,
    subject_id: note.subject_id ?? row.subject_id,
    wanted: note.wanted ?? row.wanted,
    before: note.before ?? row.before,
    after: note.after ?? row.after,
    outcome: note.outcome,
  };
}
