import { readdirSync, readFileSync } from 'node:fs';

/** The unit of /proc/<pid>/stat: USER_HZ is 100 on every architecture that Node runs on. */
const MICROSECONDS_A_TICK = 10_000;

interface ProcessTimes {
  readonly parent: number;
  /** CPU time of the process and of its reaped children, user and system, in ticks. */
  readonly ticks: number;
}

/**
 * CPU time of processes with all their descendants, in µs, with a resolution of 10 ms. A Postgres
 * backend that ends meanwhile is still counted: its time moves to its parent's `cutime` when it is
 * reaped.
 *
 * @param pids by name
 * @returns undefined where there is no /proc (not Linux)
 */
export function readCpu<N extends string>(
  pids: Readonly<Record<N, number>>,
): Record<N, number> | undefined {
  const all = readProcesses();
  if (all === undefined) return undefined;
  const children = Map.groupBy(all.keys(), (pid) => all.get(pid)?.parent ?? 0);
  const ticksOf = (pid: number): number =>
    (children.get(pid) ?? []).reduce(
      (sum, child) => sum + ticksOf(child),
      all.get(pid)?.ticks ?? 0,
    );
  return Object.fromEntries(
    Object.entries<number>(pids).map(([name, pid]) => [name, ticksOf(pid) * MICROSECONDS_A_TICK]),
  ) as Record<N, number>;
}

function readProcesses(): Map<number, ProcessTimes> | undefined {
  if (process.platform !== 'linux') return undefined;
  const found = new Map<number, ProcessTimes>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      found.set(Number(name), parseStat(readFileSync(`/proc/${name}/stat`, 'utf8')));
    } catch {
      // it has ended since the directory was read
    }
  }
  return found;
}

/** `pid (name) state ppid …`, see proc(5); the name may contain spaces and brackets. */
function parseStat(text: string): ProcessTimes {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return { parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) };
}
