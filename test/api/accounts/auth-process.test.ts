import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { findFreePort } from '../../../demo/free-port.ts';
import type { SessionView } from '../../../src/api/schemas/auth.ts';
import { makeAccessToken } from '../../../src/api/tokens/access-token.ts';
import { connectDb } from '../../../src/db/client.ts';
import { Client } from '../../support/client.ts';
import { createDatabase, ownerUrl, silent } from '../../support/database.ts';
import { saysOf, startPart } from '../../support/parts.ts';
import { startTestRedis } from '../../support/redis.ts';
import { SECRET } from '../../support/system.ts';
import { makeTempDir } from '../../support/temp-dir.ts';

const admin = { email: 'seller@example.org', password: 'own password of the seller' };

/** Starts an API process that tells all it can; `output` is what it has logged so far. */
async function startTalkative(env: Readonly<Record<string, string>>) {
  const port = await findFreePort();
  const part = startPart('api', {
    ...{ AUTH_JWT_SECRET: SECRET, PORT: String(port), LOG_LEVEL: 'trace' },
    ...{
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      RATE_LIMIT_LOGIN_PER_ACCOUNT: '1',
    },
    ...env,
  });
  onTestFinished(async () => {
    await part.end('SIGTERM');
  });
  let output = '';
  part.process.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  await saysOf(part, 'api listens');
  return { part, client: new Client(`http://127.0.0.1:${port}`), output: () => output };
}

it('API processes make the first admin at their start, and log no secrets', async () => {
  const [redis, databaseUrl] = await Promise.all([startTestRedis(), createDatabase()]);
  onTestFinished(() => redis.stop());
  const env = { REDIS_URL: redis.url, DATABASE_URL: databaseUrl };
  const nextSecret = 'the next secret, long enough, and in a file';
  const file = join(makeTempDir(), 'next');
  writeFileSync(file, nextSecret);
  const toldOfNext = { ...env, AUTH_JWT_SECRET_PREVIOUS_FILE: file };
  const processes = await Promise.all([startTalkative(env), startTalkative(toldOfNext)]);
  const [{ client, part, output }, other] = processes;
  const post = (path: string, body: unknown, at = client) =>
    at.call<SessionView>('POST', `/api/auth/${path}`, { body });

  for (const { client: at } of processes) {
    const { status, body } = await post('login', admin, at);
    expect(status).toBe(200);
    expect(body.user).toMatchObject({ email: admin.email, role: 'admin' });
    const token = body.accessToken;
    expect((await at.call('GET', '/api/admin/metrics', { token })).status).toBe(200);
  }
  const claims = { sub: 'ann', role: 'buyer' as const, ttlSeconds: 60 };
  const token = await makeAccessToken(nextSecret, claims);
  expect((await client.call('GET', '/api/me', { token })).status).toBe(401);
  expect((await other.client.call('GET', '/api/me', { token })).status).toBe(200);

  const buyer = { email: 'ann@example.org', password: 'own password of ann' };
  const { accessToken, refreshToken } = (await post('register', buyer)).body;
  const next = (await post('refresh', { refreshToken })).body;
  expect((await post('refresh', { refreshToken: next.refreshToken })).status).toBe(200);
  expect((await post('refresh', { refreshToken })).status).toBe(401);
  expect((await post('login', { ...buyer, password: 'a wrong password' })).status).toBe(401);
  expect((await post('login', buyer, other.client)).status).toBe(429);

  // A row that Postgres refuses: it tells the whole of it.
  const db = connectDb(ownerUrl(databaseUrl), silent);
  onTestFinished(() => db.destroy());
  await sql`alter table users add constraint no_bob check (name <> 'Bob')`.execute(db);
  const bob = { email: 'bob@example.org', password: 'own password of bob', name: 'Bob' };
  expect((await post('register', bob)).status).toBe(500);
  await redis.stop();
  expect((await post('guest', { email: 'cid@example.org' })).status).toBe(201);

  await part.end('SIGTERM');
  expect(output()).toContain('a used refresh token');
  expect(output()).toContain('no_bob');
  expect(output()).toContain('requests are counted by this process alone');
  const secrets = [accessToken, refreshToken, next.accessToken, next.refreshToken, 'argon2id'];
  for (const secret of ['@example.org', 'own password', 'a wrong password', ...secrets]) {
    expect(output()).not.toContain(secret);
  }
});
