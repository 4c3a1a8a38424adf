import type { Tracing, TracingOptions } from './tracing.ts';

/**
 * Starts tracing where an endpoint is set. OpenTelemetry is loaded only then: switched off it costs
 * nothing.
 */
export async function startTracing(
  options: Omit<TracingOptions, 'endpoint'> & { readonly endpoint: string | undefined },
): Promise<Tracing | undefined> {
  const { endpoint } = options;
  if (endpoint === undefined) return undefined;
  const { openTelemetry } = await import('./open-telemetry.ts');
  return openTelemetry({ ...options, endpoint });
}
