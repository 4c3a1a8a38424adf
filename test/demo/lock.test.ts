import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AlreadyRunningError, takeLock } from '../../demo/lock.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const url = 'http://127.0.0.1:3000';
/** Occurs in every Node process's command line, ours included. */
const mark = 'node';

test('is refused while its holder lives, naming its pid and URL', () => {
  const file = join(makeTempDir(), 'lock');
  // Our parent process lives as long as we do, and is a Node process too.
  writeFileSync(file, JSON.stringify({ pid: process.ppid, url }));
  expect(() => takeLock({ file, url: 'http://127.0.0.1:4000', mark })).toThrow(
    new AlreadyRunningError(process.ppid, url),
  );
  expect(readHolder(file)).toEqual({ pid: process.ppid, url });
});

test('is free again after its release', () => {
  const dir = join(makeTempDir(), 'made');
  const file = join(dir, 'lock');
  takeLock({ file, url, mark })();
  expect(readdirSync(dir)).toEqual([]);
  takeLock({ file, url, mark });
  expect(readHolder(file)).toEqual({ pid: process.pid, url });
  expect(readdirSync(dir)).toEqual(['lock']);
});

test.each([
  ['the pid is another program by now', JSON.stringify({ pid: process.ppid, url })],
  ['the pid is our own', JSON.stringify({ pid: process.pid, url })],
  ['there is no such process', JSON.stringify({ pid: 2 ** 30, url })],
  ['it cannot be read', '{'],
])('is taken over when %s', (_, content) => {
  const file = join(makeTempDir(), 'lock');
  writeFileSync(file, content);
  takeLock({ file, url, mark: 'no such word' });
  expect(readHolder(file)).toEqual({ pid: process.pid, url });
});

function readHolder(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
