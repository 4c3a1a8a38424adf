import { createRoute, z } from '@hono/zod-openapi';
import { findActions } from '../../db/admin-actions.ts';
import { ADMIN_ACTIONS } from '../../domain/admin-action.ts';
import type { AdminDeps } from '../deps.ts';
import { answer } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { type ActionView, actionSchema } from '../schemas/admin-action.ts';
import { anyId, bearer, json, page, pageOf, pageQuery, text } from '../schemas/common.ts';
import { ADMIN_READ, problems } from '../schemas/problem.ts';

const listActions = createRoute({
  method: 'get',
  path: '/api/admin/actions',
  operationId: 'listAdminActions',
  tags: ['Admin'],
  summary: 'Actions and attempted actions of admins, newest first',
  security: bearer,
  request: {
    query: z.object({
      ...pageQuery,
      saleId: anyId.optional(),
      actor: text(1_000).optional(),
      action: z.enum(ADMIN_ACTIONS).optional(),
      cursor: z
        .string()
        .regex(/^\d{1,15}$/, 'is not a cursor of this list')
        .optional(),
    }),
  },
  responses: {
    200: json('The actions', pageOf(actionSchema)),
    ...problems(...ADMIN_READ, 'validation_failed'),
  },
});

/** The route definitions. */
export const ADMIN_ACTION_ROUTES = [listActions];

/** The audit trail. Its rows are never changed or removed. */
export function adminActionRoutes({ admin }: Guards, { db }: Pick<AdminDeps, 'db'>) {
  return createApp().openapi({ ...listActions, middleware: admin }, async (c) => {
    const { saleId: sale, actor, action, limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? undefined : Number(cursor);
    const rows = await findActions(db, { sale, actor, action, after }, limit + 1);
    return answer(
      c,
      page(rows, limit, (row) => String(row.id), show),
      200,
    );
  });
}

type Action = Awaited<ReturnType<typeof findActions>>[number];

function show(row: Action): ActionView {
  const { actor_id, actor_email, sale_id, subject_id, wanted, before, after } = row;
  return {
    id: String(row.id),
    at: row.at.toISOString(),
    actor: { id: actor_id, ...(actor_email === null ? {} : { email: actor_email }) },
    action: row.action,
    ...(sale_id === null ? {} : { saleId: sale_id }),
    ...(subject_id === null ? {} : { subjectId: subject_id }),
    ...(isFacts(wanted) ? { wanted } : {}),
    ...(isFacts(before) ? { before } : {}),
    ...(isFacts(after) ? { after } : {}),
    ...(row.address === null ? {} : { address: row.address }),
    outcome: row.outcome,
    requestId: row.request_id,
  };
}

function isFacts(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
