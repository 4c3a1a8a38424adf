import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type EngineProcess, EngineStartError, startEngineProcess } from './engine-process.ts';
import { findFreePort } from './free-port.ts';
import { forget, remember, stopLeftover } from './leftovers.ts';

export interface RedisOptions {
  /** The data folder; created when missing. */
  dir: string;
  /** Default: a free one. */
  port?: number;
  /** Additional arguments for redis-server; they override ours. */
  args?: readonly string[];
}

/** A running Redis server. */
export interface RunningRedis {
  url: string;
  port: number;
  pid: number;
  /** Resolves when it has ended, for whatever reason. */
  exited: Promise<void>;
  /** The last lines of its output. */
  output(): string;
  /** Stops it cleanly and waits for the end. */
  stop(): Promise<void>;
  /** Kills it with SIGKILL, like a crash. It can be restarted on the same folder and port. */
  kill(): Promise<void>;
}

/**
 * Starts `redis-server` on 127.0.0.1 with every write synced before it is answered. A server that
 * an earlier run left behind on the folder is stopped first.
 *
 * @throws EngineStartError when it does not become ready
 */
export async function startRedis(options: RedisOptions): Promise<RunningRedis> {
  const dir = resolve(options.dir);
  mkdirSync(dir, { recursive: true });
  const note = join(dir, 'server.json');
  await stopLeftover(note, 'SIGTERM');
  const { engine, port } = await startOnPort(dir, note, options);
  const end = async (signal: NodeJS.Signals) => {
    await engine.end(signal);
    forget(note);
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: engine.pid,
    exited: engine.exited,
    output: engine.output,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

async function startOnPort(
  dir: string,
  note: string,
  options: RedisOptions,
): Promise<{ engine: EngineProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await findFreePort());
    try {
      const engine = await startEngineProcess({
        engine: 'Redis',
        command: 'redis-server',
        args: [...fixedArgs(dir, port), ...(options.args ?? [])],
        ready: 'Ready to accept connections',
        // Redis replaces its command line by a title that contains the port, but not the folder.
        onSpawn: (pid) => remember(note, { pid, marks: ['redis-server', String(port)] }),
      });
      return { engine, port };
    } catch (error) {
      // Another process may take the free port before Redis does.
      const taken = error instanceof EngineStartError && /in use/i.test(error.output);
      if (!taken || options.port !== undefined || attempt === 3) throw error;
    }
  }
}

function fixedArgs(dir: string, port: number): string[] {
  const settings: Record<string, string> = {
    bind: '127.0.0.1',
    port: String(port),
    dir,
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
    'maxmemory-policy': 'noeviction',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}
