import { type ChildProcess, spawn } from 'node:child_process';
import { endChild } from './end-child.ts';
import { forget, remember } from './leftovers.ts';

/** A process of ours that is to be kept running. */
interface ChildOptions {
  name: string;
  /** The absolute path of its Node script. */
  script: string;
  /** Its whole environment. */
  env: NodeJS.ProcessEnv;
  /** The file for its pid, so that a later run can end it if this one is killed. */
  noteFile: string;
}

export interface SupervisorOptions {
  children: readonly ChildOptions[];
  log: (line: string) => void;
  /** Called once when a child keeps dying within seconds; it is not restarted any more. */
  onGiveUp: (name: string) => void;
  /** The delays before consecutive restarts; after the last one it gives up. */
  backoffMs?: readonly number[];
}

export interface Supervisor {
  /** The pid of each running child, by name. */
  pids(): Record<string, number>;
  /** Sends SIGTERM to every child and waits for all to end; after 10 s it sends SIGKILL. */
  stop(): Promise<void>;
  /** Sends SIGKILL to every child and does not wait. */
  kill(): void;
}

/** A child that lived this long is healthy: earlier failures are forgotten. */
const WELL_AFTER_MS = 10_000;
const BACKOFF_MS = [200, 500, 1_000, 2_000, 5_000];

/**
 * Starts the children in our process group, with our output, and restarts those that die
 * unexpectedly.
 */
export function supervise(options: SupervisorOptions): Supervisor {
  const { log, backoffMs = BACKOFF_MS } = options;
  const running = new Map<string, ChildProcess>();
  const waiting = new Set<NodeJS.Timeout>();
  let stopping = false;

  const start = (own: ChildOptions, failures: number) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [own.script], {
      env: own.env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    running.set(own.name, child);
    const { pid } = child;
    if (pid) remember(own.noteFile, { pid, marks: [own.script] });
    const ended = (how: string) => {
      running.delete(own.name);
      forget(own.noteFile);
      if (stopping) return;
      const well = performance.now() - startedAt >= WELL_AFTER_MS;
      restart(own, well ? 0 : failures, how);
    };
    if (pid === undefined) child.once('error', (error) => ended(error.message));
    else child.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
  };

  const restart = (own: ChildOptions, failures: number, how: string) => {
    const waitMs = backoffMs[failures];
    if (waitMs === undefined) {
      log(`${own.name} ended again (${how}): giving up`);
      options.onGiveUp(own.name);
      return;
    }
    log(`${own.name} ended (${how}), restarting in ${waitMs} ms`);
    const timer = setTimeout(() => {
      waiting.delete(timer);
      start(own, failures + 1);
    }, waitMs);
    waiting.add(timer);
  };

  const halt = () => {
    stopping = true;
    for (const timer of waiting) clearTimeout(timer);
    waiting.clear();
  };

  for (const own of options.children) start(own, 0);
  return {
    pids: () =>
      Object.fromEntries([...running].flatMap(([name, { pid }]) => (pid ? [[name, pid]] : []))),
    stop: async () => {
      halt();
      await Promise.all([...running.values()].map(stopChild));
    },
    kill: () => {
      halt();
      for (const child of running.values()) child.kill('SIGKILL');
    },
  };
}

async function stopChild(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  await endChild(child, exited, 'SIGTERM');
}
