import { once } from 'node:events';
import type { Server } from 'node:net';
import { brokenSettings, ConfigError } from './config.ts';

/** Where a server listens. */
interface Place {
  /** 0: one that is free. */
  readonly port: number;
  /** An IP address of this machine or a name that stands for one; undefined: all interfaces. */
  readonly host: string | undefined;
}

/** What is wrong with HOST or PORT. */
interface ListenProblem {
  readonly name: 'HOST' | 'PORT';
  readonly message: string;
}

const PROBLEMS: Readonly<Record<string, ListenProblem>> = {
  EADDRINUSE: { name: 'PORT', message: 'another program listens on it' },
  EACCES: { name: 'PORT', message: 'this user may not listen on it' },
  EADDRNOTAVAIL: { name: 'HOST', message: 'is not an address of this machine' },
  ENOTFOUND: { name: 'HOST', message: 'is a name that stands for no address' },
  EAI_AGAIN: { name: 'HOST', message: 'is a name that cannot be looked up now' },
};

/** Why a server cannot listen, from its error; undefined where it is for another reason. */
export function listenProblem(error: unknown): ListenProblem | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return PROBLEMS[code];
}

/**
 * Lets a server listen, and waits until it does.
 *
 * @throws ConfigError where HOST or PORT cannot be used
 */
export async function listen(server: Server, { port, host }: Place): Promise<void> {
  server.listen({ port, host });
  try {
    await once(server, 'listening');
  } catch (error) {
    const problem = listenProblem(error);
    throw problem === undefined ? error : brokenSettings([problem]);
  }
}

/** For main.ts files: the same; prints what is wrong and exits if HOST or PORT cannot be used. */
export async function listenOrExit(server: Server, place: Place): Promise<void> {
  try {
    await listen(server, place);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
