import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { isRunning, remember, stopLeftover } from '../../demo/leftovers.ts';
import { startPostgres } from '../../demo/postgres.ts';
import { startRedis } from '../../demo/redis.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const STARTER = join(import.meta.dirname, 'fixtures/start-engines.ts');

test('engines of a run that was killed are stopped before new ones start', async () => {
  const dir = makeTempDir();
  const starter = spawn(process.execPath, [STARTER, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed, [, signal]] = await Promise.all([text(starter.stdout), once(starter, 'close')]);
  expect(signal).toBe('SIGKILL');
  const left: { redis: number; postgres: number } = JSON.parse(printed);
  const processes = [
    { pid: left.redis, marks: ['redis-server'] },
    { pid: left.postgres, marks: ['postgres', dir] },
  ];
  expect(processes.map(isRunning)).toEqual([true, true]);

  const redis = await startRedis({ dir: join(dir, 'redis') });
  onTestFinished(() => redis.stop());
  const postgres = await startPostgres({ dir: join(dir, 'postgres') });
  onTestFinished(() => postgres.stop());
  expect(processes.map(isRunning)).toEqual([false, false]);
});

test('a pid that belongs to another program by now is left alone', async () => {
  const note = join(makeTempDir(), 'note.json');
  remember(note, { pid: process.pid, marks: ['no such word in our command line'] });
  expect(await stopLeftover(note, 'SIGKILL')).toBe(false);
  expect(existsSync(note)).toBe(false);
});

test('a damaged record is dropped', async () => {
  const note = join(makeTempDir(), 'note.json');
  writeFileSync(note, '{"pid":');
  expect(await stopLeftover(note, 'SIGKILL')).toBe(false);
  expect(existsSync(note)).toBe(false);
});
