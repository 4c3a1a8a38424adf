import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { join } from 'node:path';
import { findFreePort } from '../../demo/free-port.ts';
import { SECRET } from './system.ts';

const ROOT = join(import.meta.dirname, '../..');

const SCRIPTS = { api: 'src/api/main.ts', worker: 'src/workers/main.ts' } as const;

/** A Fairline process. */
export interface Part {
  readonly process: ChildProcess;
  /** Sends a signal and waits for the end; returns the exit code, or null when it was killed. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

interface PartOptions {
  /** What is run instead of its source. */
  readonly script?: string;
  /** How many files it may have open; as many as this process when left out. */
  readonly openFiles?: number;
  /** The folder of the version that is run; this one when left out. */
  readonly folder?: string;
}

/**
 * Starts `npm run api` or `npm run worker` without npm in between, so that the pid is the process's
 * own.
 */
export function startPart(
  part: keyof typeof SCRIPTS,
  env: Readonly<Record<string, string>>,
  { script = SCRIPTS[part], openFiles, folder = ROOT }: PartOptions = {},
): Part {
  const limit = openFiles === undefined ? '' : `ulimit -n ${openFiles} && `;
  const child = spawn('sh', ['-c', `${limit}exec "$0" "$@"`, process.execPath, script], {
    cwd: folder,
    env: { ...process.env, LOG_LEVEL: 'fatal', NODE_ENV: 'production', HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout?.resume();
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  return {
    process: child,
    async end(signal) {
      process.off('exit', endWithUs);
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = once(child, 'exit');
      child.kill(signal);
      const [code] = (await ended) as [number | null];
      return code;
    },
  };
}

/** Starts an API process and waits until it listens. */
export async function startApiPart(
  env: Readonly<Record<string, string>>,
  options?: PartOptions,
): Promise<Part & { url: string }> {
  const port = await findFreePort();
  const settings = { AUTH_JWT_SECRET: SECRET, PORT: String(port), LOG_LEVEL: 'info', ...env };
  const part = startPart('api', settings, options);
  await saysOf(part, 'api listens');
  return { ...part, url: `http://127.0.0.1:${port}` };
}

/** Resolves when a process has logged a message. */
export async function saysOf({ process: { stdout } }: Part, message: string): Promise<void> {
  if (stdout === null) throw new Error('the part has no output');
  for await (const [line] of on(stdout.setEncoding('utf8'), 'data', { close: ['end'] })) {
    if (!String(line).includes(message)) continue;
    stdout.resume();
    return;
  }
  throw new Error(`the part has ended without saying "${message}"`);
}

/**
 * Runs an operator command to completion, as `npm run` does.
 *
 * @param folder that of the version that is run; this one by default
 */
export function runCommand(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  folder = ROOT,
): Promise<{ code: number | string; output: string }> {
  return new Promise((resolve) => {
    const options = {
      cwd: folder,
      env: { ...process.env, NODE_ENV: 'production', LOG_LEVEL: 'info', ...env },
      timeout: 180_000,
    };
    execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: `${stdout}${stderr}` }),
    );
  });
}
