import { createRoute, z } from '@hono/zod-openapi';
import { readExpiredUnits, readSaleMetrics, type SaleMetrics } from '../../db/sale-metrics.ts';
import { type MinuteOfUnits, readUnitsByMinute } from '../../db/units-by-minute.ts';
import type { AdminDeps } from '../deps.ts';
import { answer } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { bearer, id, json } from '../schemas/common.ts';
import { metricsSchema, saleMetricsSchema } from '../schemas/metrics.ts';
import { ADMIN_READ, problems } from '../schemas/problem.ts';

const common = {
  tags: ['Admin'],
  security: bearer,
};

const ofAll = createRoute({
  ...common,
  method: 'get',
  path: '/api/admin/metrics',
  operationId: 'getMetrics',
  summary: 'Metrics of all sales',
  responses: { 200: json('The metrics', metricsSchema), ...problems(...ADMIN_READ) },
});

const ofSale = createRoute({
  ...common,
  method: 'get',
  path: '/api/admin/sales/{saleId}/metrics',
  operationId: 'getSaleMetrics',
  summary: 'Metrics of a sale',
  request: { params: z.object({ saleId: id }) },
  responses: {
    200: json('The metrics', saleMetricsSchema),
    ...problems(...ADMIN_READ, 'sale_not_found'),
  },
});

/** The route definitions. */
export const ADMIN_METRICS_ROUTES = [ofAll, ofSale];

/** Routes of the seller's metrics. */
export function adminMetricsRoutes(
  { admin }: Guards,
  { db, views, throttled }: Pick<AdminDeps, 'db' | 'views' | 'throttled'>,
) {
  return createApp()
    .openapi({ ...ofAll, middleware: admin }, async (c) => {
      const [metrics, minutes, refusals] = await Promise.all([
        readSaleMetrics(db),
        readUnitsByMinute(db),
        throttled.total(),
      ]);
      const perMinute = minutes.map(showMinute);
      return answer(c, { ...show(metrics), throttled: refusals, perMinute }, 200);
    })
    .openapi({ ...ofSale, middleware: admin }, async (c) => {
      const { saleId } = c.req.valid('param');
      const cached = await views.requireFresh(saleId);
      const [metrics, minutes, expired, refusals] = await Promise.all([
        readSaleMetrics(db, saleId),
        readUnitsByMinute(db, saleId),
        readExpiredUnits(db, saleId),
        throttled.total(saleId),
      ]);
      const products = cached.products.map(({ id, name, total, available, held, sold }) => {
        return { id, name, total, available, held, sold, expired: expired.get(id) ?? 0 };
      });
      const perMinute = minutes.map(showMinute);
      // Those of an archived sale are in Postgres.
      const refused = refusals + (metrics.counts.get('throttled') ?? 0);
      return answer(c, { ...show(metrics), throttled: refused, perMinute, products }, 200);
    });
}

function show({ counts, waitlist, refunds, disputes }: SaleMetrics) {
  const count = (...names: string[]) => sumOf(counts, names);
  const offers = (...statuses: string[]) => sumOf(waitlist.orders, statuses);
  return {
    holdsCreated: count('held', 'offered'),
    holdsExpired: count('hold_expired'),
    holdsCancelled: count('hold_cancelled'),
    ordersPaid: count('payment_paid', 'payment_retaken', 'confirmed'),
    ordersRefunded: count('refunded'),
    oversellAttemptsBlocked: count('sold_out', 'waitlisted'),
    payments: {
      lateHonoured: count('payment_retaken'),
      lateRefunded: count('payment_refund_sold_out', 'payment_refund_limit_reached'),
      surplusRefunded: count('payment_refund_surplus'),
      wrongAmountRefunded: count('payment_refund_wrong_amount'),
      refundsOpen: sumOf(refunds, ['wanted']),
      refundsFailed: sumOf(refunds, ['failed']),
      refundsMade: sumOf(refunds, ['pending', 'succeeded']),
      refundsEnded: sumOf(refunds, ['ended']),
    },
    disputes,
    waitlist: {
      waitlisted: count('waitlisted'),
      waiting: waitlist.waiting,
      offersMade: count('offered'),
      offersTaken: offers('paid', 'refunded'),
      offersLetGo: offers('expired', 'cancelled'),
    },
  };
}

function showMinute({ minute, sold, expired }: MinuteOfUnits) {
  return { minute: minute.toISOString(), sold, expired };
}

function sumOf(counts: ReadonlyMap<string, number>, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
}
