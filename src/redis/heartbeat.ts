import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { CLOCK_TOLERANCE_MS } from '../domain/clock.ts';
import type { RedisClient } from './client.ts';

/**
 * A worker without a heartbeat for this long counts as gone, in ms. Heartbeats carry the worker's
 * clock.
 */
const ALIVE_MS = 5_000 + CLOCK_TOLERANCE_MS;

const KEY = 'fairline:workers';

/** What a worker reports about itself every two seconds. */
export interface Heartbeat {
  readonly host: string;
  readonly pid: number;
  /** By the worker's clock, in ms. */
  readonly atMs: number;
  readonly metrics: readonly MetricObjectWithValues<MetricValue<string>>[];
}

/** One heartbeat a minute also removes workers that have long been silent. */
const TIDY_EVERY_MS = 60_000;
const TIDY_FOR_MS = 2_000;

/** Records a worker's heartbeat. Workers that have long been silent are removed. */
export async function beat(redis: RedisClient, heartbeat: Heartbeat): Promise<void> {
  const { host, pid, atMs } = heartbeat;
  await redis.hset(KEY, `${host}:${pid}`, JSON.stringify(heartbeat));
  if (atMs % TIDY_EVERY_MS >= TIDY_FOR_MS) return;
  const all = await redis.hgetall(KEY);
  const silent = Object.entries(all).filter(
    ([, text]) => (JSON.parse(text) as Heartbeat).atMs < atMs - 10 * ALIVE_MS,
  );
  if (silent.length > 0) await redis.hdel(KEY, ...silent.map(([name]) => name));
}

/** Removes a worker that shuts down. */
export async function farewell(redis: RedisClient, host: string, pid: number): Promise<void> {
  await redis.hdel(KEY, `${host}:${pid}`);
}

/** The live workers. @param nowMs this process's clock, in ms */
export async function liveWorkers(redis: RedisClient, nowMs: number): Promise<Heartbeat[]> {
  const all = await redis.hgetall(KEY);
  return Object.values(all)
    .map((text) => JSON.parse(text) as Heartbeat)
    .filter((heartbeat) => heartbeat.atMs > nowMs - ALIVE_MS);
}
