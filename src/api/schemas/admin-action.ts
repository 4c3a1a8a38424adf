import { z } from '@hono/zod-openapi';
import { ACTION_OUTCOMES, ADMIN_ACTIONS } from '../../domain/admin-action.ts';
import { id } from './common.ts';

const facts = z.record(z.string(), z.unknown());

export const actionSchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z.object({ id: z.string(), email: z.string().optional() }).openapi({
      description: 'Whom the access token named',
    }),
    action: z.enum(ADMIN_ACTIONS),
    saleId: id.optional(),
    subjectId: id
      .optional()
      .openapi({ description: 'The sale, product, order, endpoint or delivery it was about' }),
    wanted: facts
      .optional()
      .openapi({ description: 'What was asked for, where it was well-formed' }),
    before: facts.optional().openapi({ description: 'As it was read right before the change' }),
    after: facts.optional(),
    outcome: z.enum(ACTION_OUTCOMES).openapi({
      description:
        '`refused`: nothing has changed. `unclear`: it ended in an error of ours and may have ' +
        'happened. `started`: it is under way, or its end was never written down',
    }),
    requestId: z.string().openapi({ description: 'The `X-Request-Id` of its answer' }),
  })
  .openapi('AdminAction');
export type ActionView = z.infer<typeof actionSchema>;
