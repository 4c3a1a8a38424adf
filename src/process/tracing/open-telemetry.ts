import { setTimeout as delay } from 'node:timers/promises';
import { context, DiagLogLevel, diag, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, ParentBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { BullMQOtel } from 'bullmq-otel';
import { batchTracing } from './batch.ts';
import { traceRequests } from './requests.ts';
import { RootSampler } from './root-sampler.ts';
import type { Tracing, TracingOptions } from './tracing.ts';

/** How long shutdown waits for the last spans to be sent. */
const PATIENCE_MS = 2_000;

/**
 * Timeout of an export. While the endpoint is unavailable, spans are dropped; nothing waits for it.
 */
const EXPORT_TIMEOUT_MS = 5_000;

/**
 * Sets OpenTelemetry up for this process: spans are sent in batches over OTLP/HTTP. It is global,
 * as bullmq-otel requires, so it is called once.
 */
export function openTelemetry({ endpoint, share, service, log }: TracingOptions): Tracing {
  const warn = (message: string) => log.warn({ detail: message }, 'tracing');
  const quiet = () => undefined;
  const logger = { error: warn, warn, info: quiet, debug: quiet, verbose: quiet };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN });
  const exporter = new OTLPTraceExporter({
    url: new URL('v1/traces', endpoint.endsWith('/') ? endpoint : `${endpoint}/`).href,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    sampler: new ParentBasedSampler({ root: new RootSampler(share) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1_000 })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  const tracer = provider.getTracer('fairline');
  return {
    telemetry: new BullMQOtel({ tracerName: 'bullmq' }),
    requests: traceRequests(tracer),
    ...batchTracing(tracer),
    async stop() {
      const end = provider
        .shutdown()
        .catch((error: unknown) => log.warn({ err: error }, 'tracing'));
      await Promise.race([end, delay(PATIENCE_MS, undefined, { ref: false })]);
    },
  };
}
