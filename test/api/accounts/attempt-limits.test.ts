import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { SessionView } from '../../../src/api/schemas/auth.ts';
import { AttemptLimits } from '../../../src/limits/attempt-limits.ts';
import { connectRedis } from '../../../src/redis/client.ts';
import { Client } from '../../support/client.ts';
import { startCluster } from '../../support/cluster.ts';
import { silent } from '../../support/database.ts';
import { startTestRedis } from '../../support/redis.ts';
import { SECRET, startSystem, type TestSystem } from '../../support/system.ts';

const PASSWORD = 'correct horse';
const PER_IP = 20;
const PER_ACCOUNT = 4;
const PER_SESSION = 3;
const CALLS = ['login', 'register', 'guest', 'logout'];

describe('limits on attempts to get in, over two API processes', () => {
  let system: TestSystem;
  let apis: readonly [Client, Client];
  let people = 0;
  beforeAll(async () => {
    const quotas = { auth_ip: PER_IP, auth_account: PER_ACCOUNT };
    const limits = { ...quotas, renewals_session: PER_SESSION };
    system = await startSystem({ limits });
    apis = [new Client(system.url), new Client(await system.startAnotherApi())];
  });
  afterAll(() => system.stop());

  const newEmail = () => `limited-${++people}@example.org`;
  const newIp = () => `198.51.100.${++people}`;
  const call = (path: string, body: unknown, ip = newIp(), api = 0) =>
    (apis[api] ?? apis[0]).call('POST', `/api/auth/${path}`, {
      body,
      headers: { 'x-forwarded-for': ip },
    });
  const register = (email: string) => call('register', { email, password: PASSWORD });
  /** Tries to log in `times` times, by turns at both processes; returns how each was answered. */
  const tryTo = async (body: unknown, times: number, ip?: string) => {
    const answers = [];
    for (let i = 0; i < times; i++) answers.push((await call('login', body, ip, i % 2)).status);
    return answers;
  };

  it('an account takes so many wrong passwords, from wherever, then none at all', async () => {
    const email = newEmail();
    await register(email);
    expect(await tryTo({ email, password: 'wrong' }, PER_ACCOUNT)).toEqual([401, 401, 401, 401]);
    for (const [api, written] of [email, email.toUpperCase()].entries()) {
      const right = { email: written, password: PASSWORD };
      const answer = await call('login', right, newIp(), api);
      expect(answer).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
      const seconds = Number(answer.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(800);
      expect(seconds).toBeLessThanOrEqual(900);
    }
    const other = newEmail();
    await register(other);
    expect((await call('login', { email: other, password: PASSWORD })).status).toBe(200);
  });

  it('many at once get no more', async () => {
    const email = newEmail();
    await register(email);
    const body = { email, password: 'wrong' };
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => call('login', body, newIp(), i % 2)),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(PER_ACCOUNT);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(12 - PER_ACCOUNT);
  });

  it('an address without an account is limited alike', async () => {
    const body = { email: newEmail(), password: 'wrong' };
    expect(await tryTo(body, PER_ACCOUNT + 1)).toEqual([401, 401, 401, 401, 429]);
  });

  it('registering a taken address counts as an attempt on it', async () => {
    const email = newEmail();
    await register(email);
    const answers = [];
    for (let i = 0; i <= PER_ACCOUNT; i++) answers.push((await register(email)).status);
    expect(answers).toEqual([409, 409, 409, 409, 429]);
  });

  it('attempts that succeed are not counted', async () => {
    const email = newEmail();
    await register(email);
    const right = { email, password: PASSWORD };
    expect(new Set(await tryTo(right, PER_ACCOUNT * 2))).toEqual(new Set([200]));
  });

  it('an IP has so many calls, whatever they ask for', async () => {
    const ip = newIp();
    for (let i = 0; i < PER_IP; i++) {
      const path = CALLS[i % CALLS.length] ?? '';
      const answer = await call(path, { email: newEmail() }, ip, i % 2);
      expect(answer.status).not.toBe(429);
      expect(answer.headers.get('ratelimit-policy')).toBe(`"auth";q=${PER_IP};w=60`);
      expect(answer.headers.get('ratelimit')).toContain(`"auth";r=${PER_IP - 1 - i};t=`);
    }
    for (const [api, path] of CALLS.entries()) {
      const answer = await call(path, { nonsense: true }, ip, api % 2);
      expect(answer).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
      const seconds = Number(answer.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(60);
    }
    expect((await call('guest', { email: newEmail() })).status).toBe(201);
  });

  it('renewing counts for its session, whatever its neighbours have used up', async () => {
    const ip = newIp();
    const { body } = await call('guest', { email: newEmail() }, ip);
    const guest = body as SessionView;
    expect(new Set(await tryTo({}, PER_IP - 1, ip))).toEqual(new Set([422]));
    expect((await call('login', {}, ip)).status).toBe(429);
    for (let i = 0; i < PER_SESSION; i++) {
      const answer = await call('refresh', { refreshToken: guest.refreshToken }, ip, i % 2);
      expect(answer).toMatchObject({ status: 200, body: { user: guest.user } });
      const policy = `"renewals";q=${PER_SESSION};w=60`;
      expect(answer.headers.get('ratelimit-policy')).toBe(policy);
    }
    const over = await call('refresh', { refreshToken: guest.refreshToken });
    expect(over).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
  });

  it('a refresh token that we do not know is an attempt to get in', async () => {
    const ip = newIp();
    const forged = { refreshToken: 'A'.repeat(43) };
    for (let i = 0; i < PER_IP; i++) {
      expect((await call('refresh', forged, ip, i % 2)).status).toBe(401);
    }
    expect((await call('refresh', forged, ip)).status).toBe(429);
    expect((await call('login', {}, ip)).status).toBe(429);
  });

  it('an IP that the client itself writes counts for nothing', async () => {
    const ip = newIp();
    for (let i = 0; i < PER_IP; i++) await call('login', {}, `10.0.0.${i}, ${ip}`, i % 2);
    expect((await call('login', {}, `10.1.1.1, ${ip}`)).status).toBe(429);
  });

  it('neither addresses nor passwords are kept in Redis', async () => {
    const email = newEmail();
    await tryTo({ email, password: 'wrong' }, 1);
    const keys = await system.redis.keys('fairline:limits:*');
    expect(keys.length).toBeGreaterThan(1);
    expect(keys.filter((key) => key.includes('@') || key.includes('limited'))).toEqual([]);
    for (const key of keys) expect(await system.redis.pttl(key)).toBeGreaterThan(0);
  });
});

describe('the counter of attempts', () => {
  const limits = { auth_ip: 2, auth_account: 1, renewals_session: 1 };
  const limited = { code: 'too_many_requests' };

  it('counts in this process while Redis is away', async () => {
    const engine = await startTestRedis();
    const redis = connectRedis(engine.url, 'request', silent);
    await new Promise((resolve) => redis.once('ready', resolve));
    const counter = new AttemptLimits({ redis, log: silent, secrets: [SECRET] }, limits);
    await engine.stop();
    await counter.countAuthCall('192.0.2.1');
    await counter.countAuthCall('192.0.2.1');
    await expect(counter.countAuthCall('192.0.2.1')).rejects.toMatchObject(limited);
    const takeBack = await counter.countAttempt('ann@example.org');
    await expect(counter.countAttempt('ann@example.org')).rejects.toMatchObject(limited);
    await takeBack();
    await takeBack();
    await counter.countAttempt('ANN@example.org');
    redis.disconnect();
  });

  it('counts in a cluster', async () => {
    const cluster = await startCluster();
    const redis = connectRedis(cluster.url, 'request', silent);
    await new Promise((resolve) => redis.once('ready', resolve));
    const counter = new AttemptLimits({ redis, log: silent, secrets: [SECRET] }, limits);
    for (const ip of ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']) {
      await counter.countAuthCall(ip);
      await counter.countAuthCall(ip);
      await expect(counter.countAuthCall(ip)).rejects.toMatchObject(limited);
    }
    // It was the cluster that counted: a process that has just started knows it, too.
    const other = new AttemptLimits({ redis, log: silent, secrets: [SECRET] }, limits);
    await expect(other.countAuthCall('192.0.2.4')).rejects.toMatchObject(limited);
    redis.disconnect();
    await cluster.stop();
  });
});

it('130 who log in at once from one network keep nobody else from it', async () => {
  const system = await startSystem();
  onTestFinished(() => system.stop());
  const client = new Client(system.url);
  const logIn = (email: string, ip: string) =>
    client.call<SessionView>('POST', '/api/auth/login', {
      body: { email, password: PASSWORD },
      headers: { 'x-forwarded-for': ip },
    });
  const email = 'honest@example.org';
  await client.call('POST', '/api/auth/register', { body: { email, password: PASSWORD } });
  const crowd = Array.from({ length: 130 }, (_, i) => logIn(`${i}@example.org`, `192.0.2.${i}`));
  let left = crowd.length;
  for (const one of crowd) void one.then(() => left--);
  // The first that is refused shows that the room to wait is full.
  const refused = crowd.map(async (one) => {
    const answer = await one;
    return answer.status === 503 ? answer : Promise.reject(new Error('not refused'));
  });
  expect(await Promise.any(refused)).toMatchObject({ body: { code: 'unavailable' } });
  expect((await logIn(email, '198.51.100.1')).status).toBe(200);
  expect(left).toBeGreaterThan(50); // it did not have to wait for them
  await Promise.all(crowd);
});
