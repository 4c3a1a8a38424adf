import type { Telemetry } from 'bullmq';
import type { MiddlewareHandler } from 'hono';
import type { Logger } from 'pino';

/** What a call in hand is a part of; only {@link LineTracing} looks into it. */
export type Trace = object;

/** What the line needs to be traced. Where nothing is traced there is none, and nothing is done. */
export interface LineTracing {
  /** For BullMQ: its spans, and the way of a trace through the queue (in a job's options, never in its data). */
  readonly telemetry: Telemetry;
  /** The trace of the request in hand. */
  current(): Trace;
  /**
   * Does the work for a batch as a part of the trace of one of its requests: the first that is sampled. The spans of
   * batch and requests are linked with each other.
   */
  batch<T>(requests: readonly Trace[], work: () => Promise<T>): Promise<T>;
}

/** What a process needs to be traced. */
export interface Tracing extends LineTracing {
  /** A span for every call of the API. */
  readonly requests: MiddlewareHandler;
  /** Sends what is there, and ends; takes 2 s at most. */
  stop(): Promise<void>;
}

export interface TracingOptions {
  /** OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  /** OTEL_TRACES_SAMPLER_ARG: the share of requests that are traced, 0 to 1. */
  readonly share: number;
  /** Names the process in traces: fairline-api. */
  readonly service: string;
  readonly log: Logger;
}
