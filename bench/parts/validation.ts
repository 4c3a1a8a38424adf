import { ticketRequestSchema } from '../../src/api/schemas/ticket.ts';
import type { BenchContext } from '../support/context.ts';

const ROUNDS = 500_000;

/**
 * Validating must not cost more than parsing; the margin above 1 allows for noise on small
 * machines.
 */
const RATIO_BOUND = 1.2;

/** Compares validating a ticket request with parsing its JSON. */
export async function benchValidation({ print, judge }: BenchContext): Promise<void> {
  const text = '{"items":[{"productId":"0d1f0b8e-5a1c-4c1e-9b7e-3f9f6a0c2d11","quantity":1}]}';
  const parsed: unknown = JSON.parse(text);
  const json = measure(() => JSON.parse(text));
  const validation = measure(() => ticketRequestSchema.safeParse(parsed));
  print(`JSON ${json.toFixed(2)} µs, validation ${validation.toFixed(2)} µs`);
  judge({
    title: 'validating, beside parsing',
    value: validation / json,
    unit: 'times',
    atMost: RATIO_BOUND,
  });
}

/** Microseconds per call, the best of five runs. */
function measure(call: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run++) {
    const startedAt = performance.now();
    for (let i = 0; i < ROUNDS; i++) call();
    best = Math.min(best, ((performance.now() - startedAt) * 1000) / ROUNDS);
  }
  return best;
}
