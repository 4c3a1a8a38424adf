import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A process started by the demo: its pid, and marks that its command line contains. */
export interface OwnProcess {
  pid: number;
  marks: readonly string[];
}

/** Records a process in a file, so that a later run can find it if it is still alive. */
export function remember(file: string, own: OwnProcess): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(own));
  renameSync(`${file}.new`, file);
}

/** Removes the record: the process has ended. */
export function forget(file: string): void {
  rmSync(file, { force: true });
}

/**
 * Ends the process that an earlier run recorded in the file and could not end itself, because it
 * was killed. A pid that another process has by now is left alone.
 *
 * @returns whether there was such a process
 * @throws Error when it does not end even by SIGKILL
 */
export async function stopLeftover(file: string, signal: NodeJS.Signals): Promise<boolean> {
  const own = recall(file);
  const found = own !== undefined && isRunning(own);
  if (found) await stopProcess(own, signal);
  forget(file);
  return found;
}

/** Sends the signal and waits until the process is gone; after 10 s it sends SIGKILL. */
export async function stopProcess(own: OwnProcess, signal: NodeJS.Signals): Promise<void> {
  if (await endsBy(signal, own, 10_000)) return;
  if (await endsBy('SIGKILL', own, 10_000)) return;
  throw new Error(`Process ${own.pid} of an earlier run (${own.marks.join(' ')}) does not end.`);
}

/** Whether the pid is alive and its command line has every mark: pids are reused. */
export function isRunning({ pid, marks }: OwnProcess): boolean {
  const command = commandOf(pid);
  return command !== undefined && marks.every((mark) => command.includes(mark));
}

function recall(file: string): OwnProcess | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof note !== 'object' || note === null) return undefined;
    const { pid, marks } = note as Partial<OwnProcess>;
    return typeof pid === 'number' && Array.isArray(marks) ? { pid, marks } : undefined;
  } catch {
    return undefined;
  }
}

/** The command line of a process; undefined when there is none (or only its zombie). */
function commandOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') || undefined;
    }
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
}

/** The process is not our child, so there is no exit event: it is polled. */
async function endsBy(signal: NodeJS.Signals, own: OwnProcess, timeoutMs: number) {
  const deadline = performance.now() + timeoutMs;
  try {
    process.kill(own.pid, signal);
  } catch {
    return !isRunning(own);
  }
  while (isRunning(own)) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}
