import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** The metrics of an API process. */
export function apiMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    accepted: new Counter({
      name: 'fairline_tickets_accepted_total',
      help: 'Tickets answered 202 by this process',
      registers,
    }),
    refused: new Counter({
      name: 'fairline_requests_refused_total',
      help: 'Requests refused by this process, by error code',
      labelNames: ['code'] as const,
      registers,
    }),
    throttled: new Counter({
      name: 'fairline_throttled_total',
      help: 'Requests refused by this process because they came too often, by limit',
      labelNames: ['limit'] as const,
      registers,
    }),
    acceptSeconds: new Histogram({
      name: 'fairline_accept_seconds',
      help: 'Time from a ticket request to its answer',
      buckets: SECONDS,
      registers,
    }),
    batchTickets: new Histogram({
      name: 'fairline_batch_tickets',
      help: 'Tickets in a batch',
      buckets: SIZES,
      registers,
    }),
  };
}
export type ApiMetrics = ReturnType<typeof apiMetrics>;

/** The metrics of a worker process; its heartbeat carries them to `/metrics` of the API. */
export function workerMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    groupBatches: new Histogram({
      name: 'fairline_group_batches',
      help: 'Batches decided in one call',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      registers,
    }),
    decideSeconds: new Histogram({
      name: 'fairline_decide_seconds',
      help: 'Time to decide a group of batches in Redis',
      buckets: SECONDS,
      registers,
    }),
    recordSeconds: new Histogram({
      name: 'fairline_record_seconds',
      help: 'Time to record a group of journal entries in Postgres',
      buckets: SECONDS,
      registers,
    }),
    recordEntries: new Histogram({
      name: 'fairline_record_entries',
      help: 'Journal entries recorded in one transaction',
      buckets: [1, 2, 4, 8, 16, 32, 64],
      registers,
    }),
    left: new Gauge({
      name: 'fairline_shards_left',
      help: 'Workers that leave a shard to a newer version, for they do not know what is in it',
      labelNames: ['shard'] as const,
      registers,
    }),
    drift: new Counter({
      name: 'fairline_drift_total',
      help: 'Fields that Redis had other than Postgres, found and repaired by the reconciler',
      labelNames: ['part'] as const,
      registers,
    }),
  };
}
