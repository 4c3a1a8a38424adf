import {
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { LineTracing, Trace } from './tracing.ts';

/** Continues traces from requests to the batch that takes them into the line. */
export function batchTracing(tracer: Tracer): Pick<LineTracing, 'current' | 'batch'> {
  return {
    current: () => context.active(),
    async batch(requests, work) {
      const traced = requests.filter(isSampled);
      const parent = traced[0] ?? ROOT_CONTEXT;
      const others = traced.slice(1).flatMap((request) => trace.getSpan(request) ?? []);
      const links = others.map((span) => ({ context: span.spanContext() }));
      const attributes = { 'fairline.batch.tickets': requests.length };
      const span = tracer.startSpan('batch', { attributes, links }, parent);
      for (const other of others) other.addLink({ context: span.spanContext() });
      try {
        return await context.with(trace.setSpan(parent, span), work);
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },
  };
}

function isSampled(request: Trace): request is Context {
  const about = trace.getSpanContext(request as Context);
  if (about === undefined || !isSpanContextValid(about)) return false;
  return (about.traceFlags & TraceFlags.SAMPLED) !== 0;
}
