import { type SpawnOptions, spawn } from 'node:child_process';
import { endChild } from './end-child.ts';

/**
 * The engine ended, or stayed silent for too long, before it was ready. Carries its last output.
 */
export class EngineStartError extends Error {
  override readonly name = 'EngineStartError';
  readonly output: string;

  constructor(engine: string, output: string) {
    super(`${engine} did not start:\n${output.trim() || '(no output)'}`);
    this.output = output;
  }
}

/** A database server that runs as a child process. */
export interface EngineProcess {
  pid: number;
  /** Resolves when the process has ended, for whatever reason. */
  exited: Promise<void>;
  /** The last lines of its output. */
  output(): string;
  /**
   * Sends the signal and waits for the end; after 10 s it sends SIGKILL. Further calls only wait.
   */
  end(signal: NodeJS.Signals): Promise<void>;
}

export interface EngineCommand {
  /** Its name in messages. */
  engine: string;
  command: string;
  args: readonly string[];
  /** The output that means it is ready. */
  ready: string;
  /** The user to run it as; the current one by default. */
  owner?: { uid: number; gid: number };
  /** Its whole environment; ours by default. */
  env?: Record<string, string>;
  /** Called as soon as the process exists, before it is ready. */
  onSpawn?: (pid: number) => void;
}

const START_TIMEOUT_MS = 60_000;
const KEPT_OUTPUT = 4_000;

/**
 * Starts an engine and waits until it reports that it is ready.
 *
 * @throws EngineStartError when it ends first or is not ready within 60 s
 */
export async function startEngineProcess(options: EngineCommand): Promise<EngineProcess> {
  const spawnOptions: SpawnOptions = {
    // A process group of its own: Ctrl-C signals the whole group of the terminal, and an engine
    // must outlive the processes that still write to it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    ...(options.env && { env: options.env }),
    ...options.owner,
  };
  const child = spawn(options.command, options.args, spawnOptions);
  let kept = '';
  const failed = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      kept += error.message;
      resolve();
    });
  });
  // Not "close": a killed Postgres leaves busy backends behind, which keep its output open.
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ready = new Promise<boolean>((resolve) => {
    const listen = (chunk: Buffer) => {
      kept = (kept + chunk.toString()).slice(-KEPT_OUTPUT);
      if (kept.includes(options.ready)) resolve(true);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    closed.then(() => resolve(false));
  });
  if (child.pid === undefined) {
    await failed;
    throw new EngineStartError(options.engine, kept);
  }
  options.onSpawn?.(child.pid);
  const end = (signal: NodeJS.Signals) => endChild(child, exited, signal);

  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  const isReady = await ready;
  clearTimeout(timer);
  if (!isReady) throw new EngineStartError(options.engine, kept);
  return { pid: child.pid, exited, output: () => kept, end };
}
