import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRunning } from './leftovers.ts';

/** Another process holds the lock. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError';

  constructor(pid: number, url: string) {
    super(`Fairline is already running as pid ${pid} at ${url}`);
  }
}

export interface LockOptions {
  file: string;
  /** Where the holder can be reached, for the error message of others. */
  url: string;
  /** A word in the command line of every holder: pids are reused. */
  mark: string;
}

interface Holder {
  pid: number;
  url: string;
}

/**
 * Takes the lock for this process; a lock whose holder is dead is taken over.
 *
 * @returns releases the lock
 * @throws AlreadyRunningError when a living process holds it
 */
export function takeLock({ file, url, mark }: LockOptions): () => void {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, url } satisfies Holder));
  try {
    // A link is created atomically and never over an existing one: a partial lock is never read.
    while (!tryLink(mine, file)) {
      const holder = readHolder(file);
      if (holder && isHeld(holder, mark)) throw new AlreadyRunningError(holder.pid, holder.url);
      removeStale(file, holder);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(file, { force: true });
}

/** A lock with our own pid is stale too: from an earlier run, in a container for example. */
function isHeld({ pid }: Holder, mark: string): boolean {
  return pid !== process.pid && isRunning({ pid, marks: [mark] });
}

/**
 * Of several processes that found the same stale lock, only one may remove it, and never a newer
 * one.
 */
function removeStale(file: string, stale: Holder | undefined): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return; // Another process was faster.
  }
  const taken = readHolder(aside);
  if (taken?.pid !== stale?.pid) tryLink(aside, file);
  rmSync(aside);
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof holder !== 'object' || holder === null) return undefined;
    const { pid, url } = holder as Partial<Holder>;
    return typeof pid === 'number' && typeof url === 'string' ? { pid, url } : undefined;
  } catch {
    return undefined;
  }
}
