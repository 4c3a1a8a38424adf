import { type Context, SpanKind } from '@opentelemetry/api';
import {
  type Sampler,
  SamplingDecision,
  type SamplingResult,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';

/**
 * Samples root spans: a share of requests and jobs start a trace. BullMQ's own polling for jobs and
 * stalled ones, several times per second, starts none.
 */
export class RootSampler implements Sampler {
  readonly #share: TraceIdRatioBasedSampler;

  /** @param share of requests that are traced, 0 to 1 */
  constructor(share: number) {
    this.#share = new TraceIdRatioBasedSampler(share);
  }

  shouldSample(context: Context, traceId: string, _name: string, kind: SpanKind): SamplingResult {
    if (kind === SpanKind.INTERNAL) return { decision: SamplingDecision.NOT_RECORD };
    return this.#share.shouldSample(context, traceId);
  }

  toString(): string {
    return `requests and jobs, ${this.#share}`;
  }
}
