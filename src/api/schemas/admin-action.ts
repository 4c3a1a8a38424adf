import { z } from '@hono/zod-openapi';
import { ACTION_OUTCOMES, ADMIN_ACTIONS } from '../../domain/admin-action.ts';
import { id } from './common.ts';

const facts = z.record(z.string(), z.unknown());

export const actionSchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z.object({ id: z.string(), email: z.string().optional() }).openapi({
      description: 'The identity in the access token',
    }),
    action: z.enum(ADMIN_ACTIONS),
    saleId: id.optional(),
    subjectId: id
      .optional()
      .openapi({ description: 'The sale, product, order, endpoint or delivery it was about' }),
    wanted: facts.optional().openapi({ description: 'The request, if it was well-formed' }),
    before: facts.optional().openapi({ description: 'The state right before the change' }),
    after: facts.optional(),
    outcome: z.enum(ACTION_OUTCOMES).openapi({
      description:
        '`refused`: nothing has changed. `unclear`: it ended in an internal error and may have ' +
        'happened. `started`: it is in progress, or its end was never recorded',
    }),
    address: z.string().optional().openapi({
      description: 'A keyed hash of the IP it came from: the same for the same IP',
    }),
    requestId: z.string().openapi({ description: 'The `X-Request-Id` of its answer' }),
  })
  .openapi('AdminAction');
export type ActionView = z.infer<typeof actionSchema>;
