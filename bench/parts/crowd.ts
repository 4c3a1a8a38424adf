import { type Capacity, simulate } from '../crowd/simulate.ts';
import type { BenchContext } from '../support/context.ts';
import { alignTable, format } from '../support/report.ts';

const CROWD = { buyers: 1_000_000, seconds: 60 };
const PROCESSES = [2, 4, 8, 16];

/** CPU µs of an API process, fresh tokens and limits on: bench/RESULTS.md. */
const MEASURED = { takeMicros: 122, pollMicros: 49, decidedMicros: 70 };

/** Tickets of one sale a second: what a core of Redis accepts and decides at the door. */
const LINE_PER_SECOND = 30_000;

/**
 * A simulation, nothing measured: a million buyers in a minute, at several numbers of API
 * processes, by what a request costs in bench/RESULTS.md.
 */
export async function benchCrowd(context: BenchContext): Promise<void> {
  const head = ['API processes', 'a buyer knows after, p50 · p99 s', 'all know after s', 'polls'];
  const rows = PROCESSES.map((apiProcesses) => {
    const capacity: Capacity = { ...MEASURED, apiProcesses, linePerSecond: LINE_PER_SECOND };
    const outcome = simulate(CROWD, capacity);
    context.record({ [apiProcesses]: outcome });
    const { p50Seconds, p99Seconds, allKnowSeconds, polls, mostPollsPerSecond } = outcome;
    return [
      format(apiProcesses),
      `${format(p50Seconds, 1)} · ${format(p99Seconds, 1)}`,
      format(allKnowSeconds, 1),
      `${format(polls)}, ${format(mostPollsPerSecond)} a second at most`,
      `${format(outcome.apiShare * 100)} %`,
    ];
  });
  for (const line of alignTable([[...head, 'API cores used'], ...rows])) {
    context.print(line);
  }
}
