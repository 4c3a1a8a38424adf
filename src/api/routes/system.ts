import { createRoute, z } from '@hono/zod-openapi';
import { probeWrites } from '../../db/probe.ts';
import { ERRORS } from '../../domain/errors.ts';
import { liveWorkers } from '../../redis/heartbeat.ts';
import { ShardKeys } from '../../redis/keys.ts';
import { probeShard } from '../../redis/probe.ts';
import type { SystemDeps } from '../deps.ts';
import { answer, send } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import { requireToken } from '../http/middleware/authenticate.ts';
import { SharedRead } from '../ops/shared-read.ts';
import { bearer, json } from '../schemas/common.ts';
import { problems } from '../schemas/problem.ts';

const parts = z.enum(['up', 'down']);

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'getHealth',
  tags: ['System'],
  summary: 'Liveness of the process',
  responses: {
    200: json('The process is alive', z.object({ status: z.literal('ok') }).openapi('Health')),
  },
});

const readiness = z
  .object({
    status: z.enum(['ready', 'unavailable']),
    redis: parts,
    postgres: parts,
    workers: z.int().openapi({ description: 'Live workers; accepting continues without them' }),
  })
  .openapi('Readiness');

const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'getReadiness',
  tags: ['System'],
  summary: 'Redis and Postgres take writes',
  responses: {
    200: json('Ready', readiness),
    503: json('A dependency is unavailable', readiness),
  },
});

/** Not a literal type, or the framework would demand that the handler answers with `c.text`. */
const TEXT: string = 'text/plain';

const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'getPrometheusMetrics',
  tags: ['System'],
  summary: 'Prometheus metrics of this process, the workers and the line',
  // Where METRICS_TOKEN is set.
  security: [{}, ...bearer],
  description: 'At most a second old. With `METRICS_TOKEN`, send it: `Authorization: Bearer …`.',
  responses: {
    200: { description: 'Metrics', content: { [TEXT]: { schema: z.string() } } },
    ...problems('unauthenticated', 'unavailable'),
  },
});

/** The route definitions. */
export const SYSTEM_ROUTES = [healthz, readyz, metrics];

/**
 * Resolves to the number of live workers if every shard accepts writes: on a cluster, one node says
 * nothing about the others.
 */
async function probeRedis({ redis, shardCount }: SystemDeps): Promise<number> {
  const probes = Array.from({ length: shardCount }, (_, shard) =>
    probeShard(redis, new ShardKeys(shard)),
  );
  const [workers] = await Promise.all([liveWorkers(redis, Date.now()), ...probes]);
  return workers.length;
}

/** Asks Redis and Postgres whether they take writes. */
async function probe(deps: SystemDeps) {
  const [redis, postgres] = await Promise.allSettled([probeRedis(deps), probeWrites(deps.db)]);
  const ready = redis.status === 'fulfilled' && postgres.status === 'fulfilled';
  return {
    status: ready ? ('ready' as const) : ('unavailable' as const),
    redis: redis.status === 'fulfilled' ? ('up' as const) : ('down' as const),
    postgres: postgres.status === 'fulfilled' ? ('up' as const) : ('down' as const),
    workers: redis.status === 'fulfilled' ? redis.value : 0,
  };
}

/** Routes for operators. */
export function systemRoutes(deps: SystemDeps) {
  // A probe writes to both: who asks meanwhile shares it.
  const probes = new SharedRead(() => probe(deps), { keepMs: 0 });
  return createApp()
    .openapi(healthz, (c) => answer(c, { status: 'ok' as const }, 200))
    .openapi(readyz, async (c) => {
      const body = await probes.get();
      const retryAfter = String(ERRORS.unavailable.retryAfterSeconds);
      return body.status === 'ready'
        ? answer(c, body, 200)
        : answer(c, body, 503, { 'retry-after': retryAfter });
    })
    .openapi({ ...metrics, middleware: requireToken(deps.metricsToken) }, async (c) =>
      send(c, await deps.readMetrics(), 200, {
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      }),
    );
}
