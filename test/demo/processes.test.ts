import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Supervisor, supervise } from '../../demo/processes.ts';
import { untilExists } from '../support/files.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const script = join(import.meta.dirname, 'fixtures/child.ts');

test('restarts a child that died', async () => {
  const dir = makeTempDir();
  const ready = join(dir, 'ready');
  const { supervisor, log } = start(dir, { MARKER: join(dir, 'marker'), READY: ready });
  await untilExists(ready);
  expect(log).toEqual(['child ended (exit code 3), restarting in 10 ms']);
  expect(Object.keys(supervisor.pids())).toEqual(['child']);
});

test('restarts a child that was killed', async () => {
  const dir = makeTempDir();
  const log: string[] = [];
  const logged = Promise.withResolvers<void>();
  const { supervisor } = start(dir, {}, (line) => {
    log.push(line);
    logged.resolve();
  });
  const before = pidOf(supervisor);
  process.kill(before, 'SIGKILL');
  await logged.promise;
  expect(log).toEqual(['child ended (SIGKILL), restarting in 10 ms']);
});

test('gives up on a child that keeps dying', async () => {
  const givenUp = Promise.withResolvers<string>();
  const { supervisor, log } = start(makeTempDir(), { DIES: 'yes' }, undefined, givenUp.resolve);
  expect(await givenUp.promise).toBe('child');
  expect(log).toHaveLength(3);
  expect(supervisor.pids()).toEqual({});
});

test('stops its children with SIGTERM, waits for them and forgets their pids', async () => {
  const dir = makeTempDir();
  const [ready, stopped] = [join(dir, 'ready'), join(dir, 'stopped')];
  const { supervisor, log, noteFile } = start(dir, { READY: ready, STOPPED: stopped });
  await untilExists(ready);
  expect(existsSync(noteFile)).toBe(true);

  await supervisor.stop();
  expect(existsSync(stopped)).toBe(true);
  expect(existsSync(noteFile)).toBe(false);
  expect(supervisor.pids()).toEqual({});
  expect(log).toEqual([]);
});

test('does not restart a child while stopping', async () => {
  const waiting = Promise.withResolvers<void>();
  const { supervisor } = start(makeTempDir(), { DIES: 'yes' }, () => waiting.resolve());
  await waiting.promise;
  await supervisor.stop();
  expect(supervisor.pids()).toEqual({});
});

function start(
  dir: string,
  env: NodeJS.ProcessEnv,
  onLog: (line: string) => void = () => {},
  onGiveUp: (name: string) => void = () => {},
) {
  const log: string[] = [];
  const noteFile = join(dir, 'run/child.json');
  const supervisor = supervise({
    children: [{ name: 'child', script, env, noteFile }],
    log: (line) => {
      log.push(line);
      onLog(line);
    },
    onGiveUp,
    backoffMs: [10, 10],
  });
  onTestFinished(() => supervisor.stop());
  return { supervisor, log, noteFile };
}

function pidOf(supervisor: Supervisor): number {
  const pid = supervisor.pids()['child'];
  if (pid === undefined) throw new Error('The child does not run.');
  return pid;
}
