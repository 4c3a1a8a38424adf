import { randomBytes, randomUUID } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import {
  type DeliveryRecord,
  findDelivery,
  listDeliveries,
  redeliver,
} from '../../db/deliveries.ts';
import {
  addEndpoint,
  type EndpointRecord,
  findEndpoint,
  listEndpoints,
  removeEndpoint,
} from '../../db/webhook-endpoints.ts';
import { DomainError } from '../../domain/errors.ts';
import { refuseUrl } from '../../messages/webhook-url.ts';
import type { AdminDeps } from '../deps.ts';
import { answer, send } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { showDelivery } from '../orders/delivery-view.ts';
import { bearer, body, id, json, page, pageOf, pageQuery } from '../schemas/common.ts';
import { ADMIN_READ, ADMIN_WRITE, problems } from '../schemas/problem.ts';
import {
  deliverySchema,
  madeWebhookSchema,
  newWebhookSchema,
  type WebhookView,
  webhookSchema,
} from '../schemas/webhook.ts';

/** Endpoints per sale. */
const MAX_ENDPOINTS = 10;

/** Random bytes of a secret; Standard Webhooks requires 24 to 64. */
const SECRET_BYTES = 32;

const common = { tags: ['Admin'], security: bearer };

const listWebhooks = createRoute({
  ...common,
  method: 'get',
  path: '/api/admin/sales/{saleId}/webhooks',
  operationId: 'listWebhooks',
  summary: 'The webhook endpoints of a sale',
  request: { params: z.object({ saleId: id }) },
  responses: {
    200: json('The endpoints', pageOf(webhookSchema)),
    ...problems(...ADMIN_READ, 'sale_not_found'),
  },
});

const addWebhook = createRoute({
  ...common,
  method: 'post',
  path: '/api/admin/sales/{saleId}/webhooks',
  operationId: 'addWebhook',
  summary: 'Add a webhook endpoint to a sale',
  description:
    'From now on it receives a POST per event, signed per Standard Webhooks and retried until it answers 2xx or for ' +
    'one day. The secret is shown only once.',
  request: { params: z.object({ saleId: id }), body: body(newWebhookSchema) },
  responses: {
    201: json('The endpoint', madeWebhookSchema),
    ...problems(...ADMIN_WRITE, 'sale_not_found', 'too_many_webhooks'),
  },
});

const removeWebhook = createRoute({
  ...common,
  method: 'delete',
  path: '/api/admin/webhooks/{webhookId}',
  operationId: 'removeWebhook',
  summary: 'Remove a webhook endpoint',
  description: 'Pending deliveries to it are dropped.',
  request: { params: z.object({ webhookId: id }) },
  responses: {
    204: { description: 'It is removed' },
    ...problems(...ADMIN_READ, 'webhook_not_found'),
  },
});

const listWebhookDeliveries = createRoute({
  ...common,
  method: 'get',
  path: '/api/admin/webhooks/{webhookId}/deliveries',
  operationId: 'listWebhookDeliveries',
  summary: 'The deliveries to an endpoint, sent and pending, newest first',
  request: { params: z.object({ webhookId: id }), query: z.object(pageQuery) },
  responses: {
    200: json('The deliveries', pageOf(deliverySchema)),
    ...problems(...ADMIN_READ, 'webhook_not_found', 'validation_failed'),
  },
});

const redeliverOnce = createRoute({
  ...common,
  method: 'post',
  path: '/api/admin/deliveries/{deliveryId}/redeliver',
  operationId: 'redeliver',
  summary: 'Resend a webhook or a mail',
  description:
    'Under the same event id, immediately, with retries from the beginning of the schedule.',
  request: { params: z.object({ deliveryId: id }) },
  responses: {
    200: json('The delivery', deliverySchema),
    ...problems(...ADMIN_READ, 'delivery_not_found'),
  },
});

/** The route definitions. */
export const ADMIN_WEBHOOK_ROUTES = [
  listWebhooks,
  addWebhook,
  removeWebhook,
  listWebhookDeliveries,
  redeliverOnce,
];

/** Routes of a seller's webhook endpoints and their deliveries. */
export function adminWebhookRoutes(
  { admin, adminWrite }: Guards,
  { db, views, webhookPolicy }: Pick<AdminDeps, 'db' | 'views' | 'webhookPolicy'>,
) {
  return createApp()
    .openapi({ ...listWebhooks, middleware: admin }, async (c) => {
      const { saleId } = c.req.valid('param');
      await views.require(saleId);
      return answer(c, { items: (await listEndpoints(db, saleId)).map(showEndpoint) }, 200);
    })
    .openapi({ ...addWebhook, middleware: adminWrite('webhook.add') }, async (c) => {
      const { saleId } = c.req.valid('param');
      const { url, events } = c.req.valid('json');
      await views.require(saleId);
      const why = refuseUrl(url, webhookPolicy);
      if (why !== undefined) {
        const fields = [{ path: 'url', message: why }];
        throw new DomainError('validation_failed', `url: ${why}`, { fields });
      }
      const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
      const wish = { id: randomUUID(), sale_id: saleId, url, secret, events: [...new Set(events)] };
      await c.get('trail').note({ subject: wish.id, wanted: { url, events } });
      const endpoint = await addEndpoint(db, wish, MAX_ENDPOINTS);
      if (endpoint === undefined) {
        throw new DomainError(
          'too_many_webhooks',
          `A sale may have at most ${MAX_ENDPOINTS} webhook endpoints.`,
        );
      }
      c.get('trail').changed(endpointSettings(endpoint));
      return answer(c, { ...showEndpoint(endpoint), secret }, 201);
    })
    .openapi({ ...removeWebhook, middleware: adminWrite('webhook.remove') }, async (c) => {
      const { webhookId } = c.req.valid('param');
      const endpoint = await findEndpoint(db, webhookId);
      if (endpoint === undefined) throw new DomainError('webhook_not_found');
      await c.get('trail').note({ sale: endpoint.sale_id, before: endpointSettings(endpoint) });
      if (!(await removeEndpoint(db, webhookId))) throw new DomainError('webhook_not_found');
      return send(c, null, 204);
    })
    .openapi({ ...listWebhookDeliveries, middleware: admin }, async (c) => {
      const { webhookId } = c.req.valid('param');
      const { limit, cursor } = c.req.valid('query');
      if ((await findEndpoint(db, webhookId)) === undefined) {
        throw new DomainError('webhook_not_found');
      }
      const rows = await listDeliveries(db, webhookId, { after: cursor, limit: limit + 1 });
      return answer(
        c,
        page(rows, limit, (row) => row.id, showDelivery),
        200,
      );
    })
    .openapi({ ...redeliverOnce, middleware: adminWrite('delivery.redeliver') }, async (c) => {
      const { deliveryId } = c.req.valid('param');
      const known = await findDelivery(db, deliveryId);
      if (known === undefined) throw new DomainError('delivery_not_found');
      await c.get('trail').note({ sale: known.sale_id, before: stateOf(known) });
      const delivery = await redeliver(db, deliveryId, new Date());
      if (delivery === undefined) throw new DomainError('delivery_not_found');
      c.get('trail').changed(stateOf(delivery));
      return answer(c, showDelivery(delivery), 200);
    });
}

/** The fields of an endpoint that the trail records: never its secret. */
function endpointSettings({ url, events }: EndpointRecord) {
  return { url, events };
}

/** The fields of a delivery that the trail records. */
function stateOf(delivery: DeliveryRecord) {
  const { channel, type, orderId, status, tries } = showDelivery(delivery);
  return { channel, type, orderId, status, tries };
}

function showEndpoint(endpoint: EndpointRecord): WebhookView {
  const { id, sale_id: saleId, url, events, created_at: createdAt } = endpoint;
  return { id, saleId, url, events: [...events], createdAt: createdAt.toISOString() };
}
