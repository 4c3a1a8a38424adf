import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type EngineProcess, EngineStartError, startEngineProcess } from './engine-process.ts';
import { findFreePort } from './free-port.ts';
import { forget, remember, stopLeftover } from './leftovers.ts';

export interface RedisOptions {
  /** The folder for its data; made when it is missing. */
  dir: string;
  /** Left out: a free one. */
  port?: number;
  /** More arguments for redis-server; they win over ours. */
  args?: readonly string[];
}

/** A Redis server of ours that is running. */
export interface RunningRedis {
  url: string;
  port: number;
  pid: number;
  /** Resolves when it has ended, whoever ended it. */
  exited: Promise<void>;
  /** The last lines that it printed. */
  output(): string;
  /** Ends it cleanly and waits for the end. */
  stop(): Promise<void>;
  /**
   * Ends it with SIGKILL, as a crash would. It may be started again on the same folder and port.
   */
  kill(): Promise<void>;
}

/**
 * Starts `redis-server` on 127.0.0.1 with everything written and synced before it is answered.
 * A server that an earlier run left behind on the folder is stopped first.
 *
 * @throws EngineStartError when it does not get ready
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
        // Redis replaces its command line by a title that has the port in it, but not the folder.
        onSpawn: (pid) => remember(note, { pid, marks: ['redis-server', String(port)] }),
      });
      return { engine, port };
    } catch (error) {
      // Somebody may take the free port before Redis does.
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
