import { readCpu } from '../support/cpu.ts';
import { type RequestList, runWrk, type WrkReport } from './wrk.ts';

/** A server under load, with the processes whose CPU time is counted. */
export interface Target<P extends string> {
  readonly url: string;
  readonly pids: Readonly<Record<P, number>>;
}

/** A run of wrk with the CPU time of each process a request, in µs. */
export interface MeasuredRun<P extends string> {
  readonly report: WrkReport;
  readonly cpuMicros: Readonly<Record<P, number>>;
}

/**
 * Lets wrk send requests and counts what they cost.
 *
 * @param options.settle waits for what the requests have left to be done, which counts too
 */
export async function measureRun<P extends string>(
  { url, pids }: Target<P>,
  list: RequestList,
  options: {
    readonly seconds: number;
    readonly from?: number;
    readonly settle?: () => Promise<void>;
  },
): Promise<MeasuredRun<P>> {
  const before = readCpu(pids);
  const report = await runWrk(url, list, options);
  await options.settle?.();
  const after = readCpu(pids);
  if (before === undefined || after === undefined) {
    throw new Error('CPU times are read from /proc: this part of the benchmark needs Linux.');
  }
  const names = Object.keys(pids) as P[];
  const each = names.map((name) => [name, (after[name] - before[name]) / report.requests] as const);
  return { report, cpuMicros: Object.fromEntries(each) as Record<P, number> };
}
