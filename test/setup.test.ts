import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeTempDir } from './support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '..');
const INSTALLER = process.platform === 'darwin' ? 'brew' : 'apt-get';

test('prints nothing when there is nothing to do', async () => {
  const script = join(ROOT, 'scripts/setup.mjs');
  expect(await promisify(execFile)(process.execPath, [script, 'test'])).toEqual({
    stdout: '',
    stderr: '',
  });
});

/** A project of which setup.mjs sees only what each test puts there; programs note their calls. */
describe('in a fresh clone', () => {
  let root: string;
  const calls = () => readFileSync(join(root, 'calls'), 'utf8').trim().split('\n');

  beforeEach(() => {
    root = makeTempDir();
    for (const folder of ['bin', 'scripts', 'node_modules', 'deploy/tools/node_modules']) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    copyFileSync(join(ROOT, 'scripts/setup.mjs'), join(root, 'scripts/setup.mjs'));
    writeFileSync(join(root, 'calls'), '');
    requireNode('26');
    writeLock('deploy/tools/package-lock.json', { d: { version: '1.0.0' } });
    writeLock('deploy/tools/node_modules/.package-lock.json', { d: { version: '1.0.0' } });
    writeLock('package-lock.json', { a: { version: '1.0.0' }, b: { version: '2.0.0' } });
    writeLock('node_modules/.package-lock.json', {
      a: { version: '1.0.0' },
      b: { version: '2.0.0' },
    });
    symlinkSync('/usr/bin/env', join(root, 'bin/env'));
    addProgram('npm');
    addProgram('redis-server');
    addProgram('chromium');
    addProgram('wrk');
    for (const name of ['promtool', 'docker-compose', 'helm', 'go']) addProgram(name);
  });

  test('installs the packages when one is missing', async () => {
    writeLock('node_modules/.package-lock.json', { a: { version: '1.0.0' } });
    const { stdout } = await setUp('start');
    expect(stdout).toContain('Installing the packages');
    expect(calls()).toEqual(['npm ci --include=dev --no-audit --no-fund --loglevel=error']);
  });

  test('installs the packages when the lock file has another version', async () => {
    writeLock('package-lock.json', { a: { version: '1.0.1' }, b: { version: '2.0.0' } });
    await setUp('start');
    expect(calls()).toEqual(['npm ci --include=dev --no-audit --no-fund --loglevel=error']);
  });

  test('does not mind optional packages for other platforms', async () => {
    writeLock('package-lock.json', {
      a: { version: '1.0.0' },
      b: { version: '2.0.0' },
      c: { version: '3.0.0', optional: true },
    });
    expect(await setUp('start')).toEqual({ stdout: '', stderr: '' });
  });

  test('installs the packages when Node comes with them and is not there', async () => {
    requireNode('1000');
    addProgram(
      'npm',
      `mkdir -p '${root}/node_modules/.bin'; touch '${root}/node_modules/.bin/node'`,
    );
    await setUp('start');
    expect(calls()).toEqual(['npm ci --include=dev --no-audit --no-fund --loglevel=error']);
    expect(await setUp('start')).toEqual({ stdout: '', stderr: '' });
  });

  test('ends when the packages bring no Node for this machine', async () => {
    requireNode('1000');
    await expect(setUp('start')).rejects.toMatchObject({
      code: 1,
      stderr: 'Install Node 1000: npm has none for this machine.\n',
    });
  });

  test('installs what checks the chart for the tests, and only for them', async () => {
    writeLock('deploy/tools/node_modules/.package-lock.json', {});
    expect(await setUp('start')).toEqual({ stdout: '', stderr: '' });
    addProgram('npm', `pwd >> '${join(root, 'calls')}'`);
    expect((await setUp('test')).stdout).toContain('Installing the packages of deploy/tools');
    const [call, folder] = calls();
    expect(call).toBe('npm ci --include=dev --no-audit --no-fund --loglevel=error');
    expect(folder).toMatch(/\/deploy\/tools$/);
  });

  test.each([
    ['promtool', 'prometheus'],
    ['docker-compose', 'docker-compose'],
    ['go', 'go', 'golang-go golang-golang-x-mod-dev'],
  ])('installs %s for the tests, and nothing recommended', async (name, title, debian = title) => {
    removeProgram(name);
    addProgram(INSTALLER, `case "$1" in install) cp "$0" "$(dirname "$0")/${name}";; esac`);
    addProgram('sudo', 'shift; exec "$@"');
    expect(await setUp('bench')).toEqual({ stdout: '', stderr: '' });
    expect((await setUp('test')).stdout).toMatch(new RegExp(`Installing ${name}`, 'i'));
    expect(calls().filter((call) => call.startsWith(INSTALLER))).toEqual(
      INSTALLER === 'brew'
        ? [`brew install ${title}`]
        : ['apt-get update', `apt-get install -y --no-install-recommends ${debian}`],
    );
  });

  test('is content with docker compose as a plugin', async () => {
    removeProgram('docker-compose');
    addProgram('docker');
    expect(await setUp('test')).toEqual({ stdout: '', stderr: '' });
    expect(calls()).toEqual(['docker compose version']);
  });

  test('ends when the packages cannot be installed', async () => {
    writeLock('node_modules/.package-lock.json', {});
    addProgram('npm', 'exit 1');
    await expect(setUp('start')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('npm ci failed'),
    });
  });

  test('installs redis-server', async () => {
    removeProgram('redis-server');
    addProgram(INSTALLER, `case "$1" in install) cp "$0" "$(dirname "$0")/redis-server";; esac`);
    addProgram('sudo', 'shift; exec "$@"');
    const { stdout } = await setUp('test');
    expect(stdout).toContain('Installing redis-server');
    expect(calls().filter((call) => call.startsWith(INSTALLER))).toEqual(
      INSTALLER === 'brew'
        ? ['brew install redis']
        : ['apt-get update', 'apt-get install -y redis-server'],
    );
  });

  test.each(['test', 'bench'] as const)(
    'installs Chromium for %s, and not to develop',
    async (purpose) => {
      removeProgram('chromium');
      addProgram(INSTALLER, `case "$1" in install) cp "$0" "$(dirname "$0")/chromium";; esac`);
      addProgram('sudo', 'shift; exec "$@"');
      expect(await setUp('dev')).toEqual({ stdout: '', stderr: '' });
      expect((await setUp(purpose)).stdout).toContain('Installing Chromium');
      expect(calls().filter((call) => call.startsWith(INSTALLER))).toEqual(
        INSTALLER === 'brew'
          ? ['brew install --cask chromium']
          : ['apt-get update', 'apt-get install -y chromium'],
      );
    },
  );

  test('installs wrk for the benchmark, and only for it', async () => {
    removeProgram('wrk');
    addProgram(INSTALLER, `case "$1" in install) cp "$0" "$(dirname "$0")/wrk";; esac`);
    addProgram('sudo', 'shift; exec "$@"');
    expect(await setUp('test')).toEqual({ stdout: '', stderr: '' });
    expect((await setUp('bench')).stdout).toContain('Installing wrk');
    expect(calls().filter((call) => call.startsWith(INSTALLER))).toEqual(
      INSTALLER === 'brew' ? ['brew install wrk'] : ['apt-get update', 'apt-get install -y wrk'],
    );
  });

  test('is content with another browser of its kind', async () => {
    removeProgram('chromium');
    addProgram('google-chrome');
    expect(await setUp('test')).toEqual({ stdout: '', stderr: '' });
  });

  test('says what is missing where it cannot install redis-server', async () => {
    removeProgram('redis-server');
    await expect(setUp('test')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('redis-server is missing'),
    });
  });

  test('needs no redis-server to start with another Redis, but to test', async () => {
    removeProgram('redis-server');
    const env = { REDIS_URL: 'redis://127.0.0.1' };
    expect(await setUp('start', env)).toEqual({ stdout: '', stderr: '' });
    await expect(setUp('test', env)).rejects.toMatchObject({ code: 1 });
  });

  describe('with pages', () => {
    const BUILD = 'npm run --silent build:web -- --logLevel warn';

    beforeEach(() => {
      mkdirSync(join(root, 'src/web/shop'), { recursive: true });
      mkdirSync(join(root, 'src/proof'));
      mkdirSync(join(root, 'dist/web'), { recursive: true });
      writeFileSync(join(root, 'src/web/shop/cart.tsx'), '');
      writeFileSync(join(root, 'src/proof/note.ts'), '');
      writeFileSync(join(root, 'dist/web/index.html'), '');
    });

    test('builds them when they are missing, only to start', async () => {
      rmSync(join(root, 'dist'), { recursive: true });
      await setUp('test');
      await setUp('dev');
      expect(calls()).toEqual(['']);
      expect((await setUp('start')).stdout).toBe('Building the pages.\n');
      expect(calls()).toEqual([BUILD]);
    });

    test.each([
      'src/web/shop/cart.tsx', // a file that was changed
      'src/web/shop', // one was taken out of it
      'src/proof/note.ts', // the pages check sales with it
      'package-lock.json',
    ])('builds them when %s is newer, and not again', async (path) => {
      const built = join(root, 'dist/web/index.html');
      utimesSync(built, new Date(), new Date(Date.now() + 60_000));
      expect(await setUp('start')).toEqual({ stdout: '', stderr: '' });
      utimesSync(join(root, path), new Date(), new Date(Date.now() + 120_000));
      await setUp('start');
      expect(calls()).toEqual([BUILD]);
    });

    test('ends when they cannot be built', async () => {
      rmSync(join(root, 'dist'), { recursive: true });
      addProgram('npm', 'exit 1');
      await expect(setUp('start')).rejects.toMatchObject({
        code: 1,
        stderr: 'The pages could not be built: see above.\n',
      });
    });
  });

  function setUp(purpose: 'start' | 'dev' | 'test' | 'bench', env: Record<string, string> = {}) {
    const script = join(root, 'scripts/setup.mjs');
    return promisify(execFile)(process.execPath, [script, purpose], {
      env: { PATH: join(root, 'bin'), ...env },
    });
  }

  function writeLock(file: string, packages: Record<string, object>): void {
    writeFileSync(join(root, file), JSON.stringify({ packages: { '': {}, ...packages } }));
  }

  function requireNode(major: string): void {
    const engines = { node: `>=${major}` };
    writeFileSync(join(root, 'package.json'), JSON.stringify({ engines }));
  }

  function addProgram(name: string, script = ''): void {
    const lines = ['#!/bin/sh', `echo "${name} $*" >> '${join(root, 'calls')}'`];
    lines.push('PATH=$PATH:/usr/bin:/bin', script);
    writeFileSync(join(root, 'bin', name), lines.join('\n'), { mode: 0o755 });
  }

  function removeProgram(name: string): void {
    rmSync(join(root, 'bin', name));
  }
});
