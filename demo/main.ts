import { once } from 'node:events';
import { join } from 'node:path';
import { ConfigError } from '../src/process/config.ts';
import { runDemo } from './run.ts';
import { type DemoSettings, readSettings } from './settings.ts';

/**
 * A second signal within this time is the same Ctrl-C: the terminal signals the whole process
 * group, and npm, which is in that group, forwards it.
 */
const SAME_SIGNAL_MS = 1_000;

const root = join(import.meta.dirname, '..');
const print = (text: string) => process.stdout.write(text);
// The reader of our output may be gone (`npm start | head`); child processes must still be ended.
process.stdout.on('error', () => {});

const force: Array<() => void> = [];
const stopping = new AbortController();
let failure: Error | undefined;
const fail = (error: Error) => {
  if (stopping.signal.aborted) return;
  failure = error;
  stopping.abort(error);
};
listenForSignals();
const stopped = once(stopping.signal, 'abort');
process.exit(await run(loadSettings()));

function loadSettings(): DemoSettings {
  try {
    return readSettings(process.env, root);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

/** Runs until a signal arrives or something fails for good. Returns the exit code. */
async function run(settings: DemoSettings): Promise<number> {
  const cleanup = new AsyncDisposableStack();
  const { signal } = stopping;
  const dev = process.argv.includes('--dev');
  const options = { root, settings, dev, env: settings.env, print, signal, cleanup, force };
  let wasReady = false;
  try {
    await runDemo({ ...options, onFailure: fail });
    wasReady = true;
    await stopped;
  } catch (error) {
    fail(error instanceof Error ? error : new Error(String(error)));
  }
  if (failure) console.error(failure.message);
  const startedAt = performance.now();
  await cleanup.disposeAsync();
  if (wasReady || !failure) {
    print(`Fairline has stopped (${((performance.now() - startedAt) / 1000).toFixed(1)} s).\n`);
  }
  return failure ? 1 : 0;
}

function listenForSignals(): void {
  let firstAt: number | undefined;
  const onSignal = () => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      print('\nStopping … (again to force)\n');
      stopping.abort();
    } else if (now - firstAt > SAME_SIGNAL_MS) {
      for (const end of force) end();
      process.exit(130);
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
}
