import type { Telemetry } from 'bullmq';
import type { MiddlewareHandler } from 'hono';
import type { Logger } from 'pino';

/** The trace that the current call belongs to; opaque to all but {@link LineTracing}. */
export type Trace = object;

/** Tracing of the line. Undefined, and free, where tracing is off. */
export interface LineTracing {
  /**
   * For BullMQ: its spans, and the propagation of a trace through the queue (in a job's options,
   * never in its data).
   */
  readonly telemetry: Telemetry;
  /** The trace of the current request. */
  current(): Trace;
  /**
   * Runs the work for a batch in the trace of one of its requests: the first that is sampled. The
   * spans of batch and requests are linked.
   */
  batch<T>(requests: readonly Trace[], work: () => Promise<T>): Promise<T>;
}

/** Tracing of a process. */
export interface Tracing extends LineTracing {
  /** A span for every call of the API. */
  readonly requests: MiddlewareHandler;
  /** Flushes the spans and stops; takes 2 s at most. */
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
