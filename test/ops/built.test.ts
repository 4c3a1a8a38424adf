import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Client } from '../support/client.ts';
import { createDatabase, ownerUrl } from '../support/database.ts';
import { runCommand, startApiPart, startPart } from '../support/parts.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Nothing may be written, as in a container whose root is read-only; all else is allowed. */
const READ_ONLY = {
  NODE_OPTIONS:
    '--permission --allow-fs-read=* --allow-net --allow-worker --allow-addons --no-warnings',
  NODE_COMPILE_CACHE: '',
};

/** As deep as the folder of the real build, and beside it. */
const FOLDER = `dist/test-${process.pid}`;

describe('the built programs', () => {
  let redis: TestRedis;
  let env: Record<string, string>;
  beforeAll(async () => {
    mkdirSync(join(ROOT, FOLDER), { recursive: true });
    const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
    const args = [vite, 'build', '-c', 'vite.server.config.ts', '--outDir', FOLDER];
    await promisify(execFile)(process.execPath, args, { cwd: ROOT });
    redis = await startTestRedis();
    env = { ...READ_ONLY, REDIS_URL: redis.url, DATABASE_URL: await createDatabase() };
  });
  afterAll(async () => {
    await redis.stop();
    rmSync(join(ROOT, FOLDER), { recursive: true, force: true });
  });

  it('find the migrations', async () => {
    const { code, output } = await runCommand(`${FOLDER}/migrate.js`, [], {
      ...env,
      DATABASE_URL: ownerUrl(env['DATABASE_URL'] ?? ''),
      DATABASE_APP_URL: env['DATABASE_URL'] ?? '',
    });
    expect(output).not.toContain('"level":50');
    expect(code).toBe(0);
  });

  it('find the Lua scripts: a ticket is taken and decided', async () => {
    const api = await startApiPart(env, { script: `${FOLDER}/api.js` });
    onTestFinished(async () => void (await api.end('SIGKILL')));
    const worker = startPart('worker', env, { script: `${FOLDER}/worker.js` });
    onTestFinished(async () => void (await worker.end('SIGKILL')));
    const client = new Client(api.url);
    const sale = await client.createSale({ stock: 1 });
    expect(await client.buy(sale, await client.token('ann'))).toMatchObject({ status: 'held' });
    expect((await client.call('GET', '/docs')).status).toBe(200);
    const { code } = await runCommand(`${FOLDER}/healthcheck.js`, [], env);
    expect(code).toBe(0);
    const found = await runCommand(`${FOLDER}/reconcile.js`, [], env);
    expect(found.code).toBe(0);
    const exported = await runCommand(`${FOLDER}/proof-export.js`, ['nowhere', 'x'], env);
    expect(exported.output).toContain('There is no sale nowhere.');
  });

  it('would not be allowed to write', async () => {
    const write = `fs.writeFileSync('${FOLDER}/written', '')`;
    const { code, output } = await runCommand('--eval', [write], env);
    expect([code, output]).toEqual([1, expect.stringContaining('ERR_ACCESS_DENIED')]);
  });

  it('have a file each', () => {
    const operators = ['migrate', 'rebuild', 'reconcile', 'proof-export'];
    for (const name of ['api', 'worker', 'healthcheck', ...operators]) {
      expect(existsSync(join(ROOT, FOLDER, `${name}.js`)), name).toBe(true);
    }
  });
});
