import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import type { Db } from '../../db/client.ts';
import { listLogSeqs } from '../../db/log-head.ts';
import { countOpenTasks } from '../../db/payment-tasks.ts';
import { readPublicLogHealth } from '../../db/public-log-health.ts';
import type { SaleMetrics } from '../../db/sale-metrics.ts';
import { DISPUTE_STATES } from '../../domain/dispute.ts';
import { CHANNELS, DELIVERY_STATES } from '../../domain/message.ts';
import { OUTCOME_NAMES } from '../../domain/outcome.ts';
import { PAYMENT_OUTCOMES, REFUND_STATUSES } from '../../domain/payment.ts';
import type { ApiMetrics } from '../../process/metrics.ts';
import type { RedisClient } from '../../redis/client.ts';
import { liveWorkers } from '../../redis/heartbeat.ts';
import { ShardKeys } from '../../redis/keys.ts';
import {
  countJobs,
  readAccepted,
  readEpoch,
  readLastSeq,
  readPassedAll,
} from '../../redis/line-reads.ts';
import type { PastCounts } from './past-counts.ts';

interface Sources {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly metrics: ApiMetrics;
  /** What the projections count, over all sales. */
  readonly counts: () => Promise<SaleMetrics['counts']>;
  readonly past: () => Promise<PastCounts>;
}

/**
 * All metrics in Prometheus's text form: those of this process, those of the live workers (summed),
 * and those from Redis and Postgres, which are the same from every process.
 */
export async function collectMetrics(deps: Sources): Promise<string> {
  const system = new Registry();
  const workers = await liveWorkers(deps.redis, Date.now());
  gauge(system, 'fairline_workers', 'Live workers').set(workers.length);
  await Promise.all([
    collectSales(system, deps),
    collectLines(system, deps),
    collectPublicLogs(system, deps.db),
  ]);
  const ofWorkers = AggregatorRegistry.aggregate(workers.map((worker) => [...worker.metrics]));
  const texts = await Promise.all([
    deps.metrics.registry.metrics(),
    ofWorkers.metrics(),
    system.metrics(),
  ]);
  return texts.join('\n');
}

function gauge(registry: Registry, name: string, help: string) {
  return new Gauge({ name, help, registers: [registry] });
}

async function collectSales(system: Registry, { db, counts, past }: Sources): Promise<void> {
  const [counted, open, { refunds, disputes, ended, messages }] = await Promise.all([
    counts(),
    countOpenTasks(db),
    past(),
  ]);
  setCounts(system, counted);
  setPayments(system, refunds, open);
  setEnds(system, disputes, ended);
  setMessages(system, messages);
}

function setCounts(system: Registry, counts: SaleMetrics['counts']): void {
  const decided = new Counter({
    name: 'fairline_tickets_decided_total',
    help: 'Tickets decided and recorded, by outcome',
    labelNames: ['outcome'],
    registers: [system],
  });
  for (const outcome of OUTCOME_NAMES) decided.inc({ outcome }, counts.get(outcome) ?? 0);
  const offers = new Counter({
    name: 'fairline_offers_total',
    help: 'Holds that were offered to waitlists',
    registers: [system],
  });
  offers.inc(counts.get('offered') ?? 0);
  const ended = new Counter({
    name: 'fairline_holds_ended_total',
    help: 'Holds that ended unpaid, by cause',
    labelNames: ['cause'],
    registers: [system],
  });
  for (const cause of ['expired', 'cancelled']) {
    ended.inc({ cause }, counts.get(`hold_${cause}`) ?? 0);
  }
  const payments = new Counter({
    name: 'fairline_payments_settled_total',
    help: 'Captured payments by outcome: paid, retaken (late), or refund and why',
    labelNames: ['outcome'],
    registers: [system],
  });
  for (const outcome of PAYMENT_OUTCOMES) {
    payments.inc({ outcome }, counts.get(`payment_${outcome}`) ?? 0);
  }
  const confirmed = new Counter({
    name: 'fairline_orders_confirmed_total',
    help: 'Orders that cost nothing and were confirmed by their buyers',
    registers: [system],
  });
  confirmed.inc(counts.get('confirmed') ?? 0);
  const refunded = new Counter({
    name: 'fairline_orders_refunded_total',
    help: 'Paid orders that were refunded',
    registers: [system],
  });
  refunded.inc(counts.get('refunded') ?? 0);
}

function setPayments(
  system: Registry,
  counts: SaleMetrics['refunds'],
  open: Awaited<ReturnType<typeof countOpenTasks>>,
): void {
  const refunds = new Gauge({
    name: 'fairline_refunds',
    help: 'Payments to be refunded, by progress',
    labelNames: ['status'],
    registers: [system],
  });
  const tasks = new Gauge({
    name: 'fairline_payment_tasks',
    help: 'Events, orders and refunds that are due and wait for a worker or for Stripe',
    labelNames: ['kind'],
    registers: [system],
  });
  for (const status of REFUND_STATUSES) refunds.set({ status }, counts.get(status) ?? 0);
  for (const [kind, count] of open) tasks.set({ kind }, count);
}

function setEnds(
  system: Registry,
  counts: SaleMetrics['disputes'],
  ended: PastCounts['ended'],
): void {
  const disputes = new Gauge({
    name: 'fairline_disputes',
    help: 'Disputes of payments by who has the money: open, won, lost',
    labelNames: ['state'],
    registers: [system],
  });
  for (const state of DISPUTE_STATES) disputes.set({ state }, counts[state]);
  const tasks = new Gauge({
    name: 'fairline_payment_tasks_ended',
    help: 'Events, orders and refunds that can never succeed and are not retried, by reason',
    labelNames: ['kind', 'reason'],
    registers: [system],
  });
  for (const { kind, reason, count } of ended) tasks.set({ kind, reason }, count);
}

function setMessages(system: Registry, counts: PastCounts['messages']): void {
  const messages = new Gauge({
    name: 'fairline_messages',
    help: 'Messages by kind (mail, webhook; outbox: without a recipient yet) and by state',
    labelNames: ['kind', 'state'],
    registers: [system],
  });
  messages.set({ kind: 'outbox', state: 'waiting' }, 0);
  for (const kind of CHANNELS) {
    for (const state of DELIVERY_STATES) messages.set({ kind, state }, 0);
  }
  for (const { channel: kind, state, count } of counts) {
    messages.set({ kind, state }, count);
  }
}

async function collectPublicLogs(system: Registry, db: Db): Promise<void> {
  const { behind, uncosigned, anew } = await readPublicLogHealth(db);
  const name = 'fairline_public_logs';
  gauge(system, `${name}_behind_entries`, 'Recorded entries that public logs lack').set(behind);
  gauge(system, `${name}_uncosigned`, 'Checkpoints that lack a cosignature').set(uncosigned);
  gauge(system, `${name}_anew`, 'Public logs that had to begin anew').set(anew);
}

async function collectLines(system: Registry, deps: { redis: RedisClient; db: Db }): Promise<void> {
  const labelNames = ['shard'];
  const registers = [system];
  const depth = new Gauge({
    name: 'fairline_line_depth_tickets',
    help: 'Tickets waiting in the line of a shard',
    labelNames,
    registers,
  });
  const batches = new Gauge({
    name: 'fairline_line_depth_batches',
    help: 'Batches waiting in the line of a shard or being decided',
    labelNames,
    registers,
  });
  const lag = new Gauge({
    name: 'fairline_journal_lag_entries',
    help: 'Journal entries of a shard that are not recorded yet',
    labelNames,
    registers,
  });
  const { redis } = deps;
  const shards = await listLogSeqs(deps.db);
  await Promise.all(
    shards.map(async ({ shard: id, seq: logged }) => {
      const keys = new ShardKeys(id);
      const epoch = (await readEpoch(redis, keys)) ?? 0;
      const [seq = 0, accepted, passed, jobs] = await Promise.all([
        readLastSeq(redis, keys.at(epoch)),
        readAccepted(redis, keys, '*'),
        readPassedAll(redis, keys),
        countJobs(redis, { wait: keys.queue('wait'), active: keys.queue('active') }),
      ]);
      const shard = String(id);
      const inLine = jobs.waiting + jobs.active;
      depth.set({ shard }, inLine === 0 ? 0 : Math.max(0, accepted - passed));
      batches.set({ shard }, inLine);
      lag.set({ shard }, Math.max(0, seq - logged));
    }),
  );
}
