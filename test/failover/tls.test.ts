import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { findFreePort } from '../../demo/free-port.ts';
import { findPostgresOwner } from '../../demo/postgres-owner.ts';
import { createDatabase } from '../support/database.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres-server.ts';
import { startTestRedis } from '../support/redis.ts';

const ROOT = join(import.meta.dirname, '../..');
const CERT = join(import.meta.dirname, 'fixtures/cert.pem');
const KEY = join(import.meta.dirname, 'fixtures/key.pem');

/** Runs a command of the operator to its end. */
function run(script: string, args: readonly string[], env: Record<string, string>) {
  const command = spawnSync('node', [join(ROOT, script), ...args], {
    cwd: ROOT,
    env: { ...process.env, LOG_LEVEL: 'error', ...env },
    encoding: 'utf8',
  });
  return { status: command.status, text: command.stderr.trim() };
}

describe('a Postgres with a certificate of its own', () => {
  let postgres: TestPostgres;
  let url: string;
  beforeAll(async () => {
    const owner = findPostgresOwner();
    const dir = mkdtempSync(join(tmpdir(), 'fairline-tls-'));
    chmodSync(dir, 0o755);
    const [cert, key] = [CERT, KEY].map((file, i) => {
      const copy = join(dir, `${i}.pem`);
      copyFileSync(file, copy);
      chmodSync(copy, 0o600);
      if (owner) chownSync(copy, owner.uid, owner.gid);
      return copy;
    }) as [string, string];
    postgres = await startTestPostgres({ ssl: 'on', ssl_cert_file: cert, ssl_key_file: key });
    url = `${postgres.url}?sslmode=require`;
    return () => rmSync(dir, { recursive: true });
  });
  afterAll(() => postgres.stop());

  it('is refused in one line that names the setting and what helps', async () => {
    const { status, text } = run('src/ops/migrate.ts', [], { DATABASE_URL: url });
    expect(status).toBe(1);
    expect(text).toMatch(/^DATABASE_URL: .*not signed by an authority.*NODE_EXTRA_CA_CERTS.*$/);
    expect(text.split('\n')).toHaveLength(1);
  });

  it('is trusted where its authority is named', async () => {
    const env = { DATABASE_URL: url, NODE_EXTRA_CA_CERTS: CERT };
    expect(run('src/ops/migrate.ts', [], env)).toEqual({ status: 0, text: '' });
  });
});

describe('a Redis with a certificate of its own', () => {
  const start = async () => {
    const port = String(await findFreePort());
    const tls = ['--tls-port', port, '--tls-cert-file', CERT, '--tls-key-file', KEY];
    const redis = await startTestRedis([
      ...tls,
      '--tls-ca-cert-file',
      CERT,
      '--tls-auth-clients',
      'no',
    ]);
    onTestFinished(() => redis.stop());
    return { DATABASE_URL: await createDatabase(), REDIS_URL: `rediss://127.0.0.1:${port}` };
  };

  it('is refused in one line that names the setting and what helps', async () => {
    const { status, text } = run('src/ops/rebuild.ts', ['0'], await start());
    expect(status).toBe(1);
    expect(text).toMatch(/^REDIS_URL: .*not signed by an authority.*NODE_EXTRA_CA_CERTS.*$/m);
  });

  it('is trusted where its authority is named', async () => {
    const env = { ...(await start()), NODE_EXTRA_CA_CERTS: CERT };
    expect(run('src/ops/reconcile.ts', [], env).status).toBe(0);
  });
});

it.each([
  ['postgres://fairline:wrong@', /^DATABASE_URL: the server refuses the user or the password/],
  ['postgres://fairline:fairline@', /^DATABASE_URL: there is no database of the name/],
])('says what is wrong with %s', async (beginning, message) => {
  const url = `${beginning}127.0.0.1:${new URL(inject('postgresUrl')).port}/nowhere`;
  const { status, text } = run('src/ops/migrate.ts', [], { DATABASE_URL: url });
  expect(status).toBe(1);
  expect(text).toMatch(message);
});
