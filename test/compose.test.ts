import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig, type Part, variablesOf } from '../src/process/config.ts';
import { makeTempDir } from './support/temp-dir.ts';

const serviceSchema = z.looseObject({
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.coerce.string()).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).default([]),
  restart: z.string().optional(),
});
const composeSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.unknown()),
});

const file = readFileSync(join(import.meta.dirname, '../docker-compose.yml'), 'utf8');
const compose = composeSchema.parse(parse(file, { merge: true }));
const parts: Part[] = ['api', 'worker', 'migrate'];
const engines = ['postgres', 'redis'];
/** What has to be given; there is no default for a secret. */
const SECRETS = {
  AUTH_JWT_SECRET: 'a secret of tests, not of anything else',
  POSTGRES_PASSWORD: 'p'.repeat(32),
  POSTGRES_APP_PASSWORD: 'a'.repeat(32),
  REDIS_PASSWORD: 'r'.repeat(32),
};

test('has the parts, their engines and nothing else', () => {
  expect(Object.keys(compose.services).sort()).toEqual([...parts, ...engines].sort());
});

test.each(parts)('%s gets every variable that it knows and no other', (part) => {
  expect(Object.keys(service(part).environment).sort()).toEqual(variablesOf(part).sort());
});

test.each(parts)('%s runs with the defaults of the configuration', (part) => {
  const environment = settle(service(part).environment, SECRETS);
  const { DATABASE_URL, DATABASE_APP_URL, REDIS_URL, AUTH_JWT_SECRET } = environment;
  const required = { DATABASE_URL, DATABASE_APP_URL, REDIS_URL, AUTH_JWT_SECRET };
  expect(loadConfig(part, environment)).toEqual(loadConfig(part, required));
});

test.each(parts)('%s takes from outside what may be set, under the same name', (part) => {
  const settable = Object.entries(service(part).environment).filter(([name]) => {
    return !/^(DATABASE_URL|DATABASE_APP_URL|REDIS_URL|HOST|PORT)$/.test(name);
  });
  for (const [name, value] of settable) expect(value).toMatch(new RegExp(`^\\$\\{${name}:[-?]`));
});

test('docs/settings.md has every variable of every part', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/settings.md'), 'utf8');
  const told = new Set([...page.matchAll(/`([A-Z]+_?[A-Z_]+)`/g)].map(([, name]) => name));
  expect(parts.flatMap(variablesOf).filter((name) => !told.has(name))).toEqual([]);
});

test.each([
  ['api', 'POSTGRES_APP_PASSWORD'],
  ['api', 'REDIS_PASSWORD'],
  ['worker', 'POSTGRES_APP_PASSWORD'],
  ['worker', 'REDIS_PASSWORD'],
  ['migrate', 'POSTGRES_PASSWORD'],
  ['migrate', 'POSTGRES_APP_PASSWORD'],
  ['postgres', 'POSTGRES_PASSWORD'],
  ['redis', 'REDIS_PASSWORD'],
])('%s does not start without %s', (name, secret) => {
  const { environment } = service(name);
  expect(() => settle(environment, SECRETS)).not.toThrow();
  expect(() => settle(environment, { ...SECRETS, [secret]: undefined })).toThrow(secret);
});

test('the API does not start without a secret, be it given as it is or in a file', () => {
  const { AUTH_JWT_SECRET, ...others } = SECRETS;
  const environment = settle(service('api').environment, others);
  expect(() => loadConfig('api', environment)).toThrow(/^ {2}AUTH_JWT_SECRET: is required/m);
  const file = join(makeTempDir(), 'auth');
  writeFileSync(file, AUTH_JWT_SECRET);
  const { AUTH_JWT_SECRET: read } = loadConfig('api', {
    ...environment,
    AUTH_JWT_SECRET_FILE: file,
  });
  expect(read).toBe(AUTH_JWT_SECRET);
});

test('publishes the port that the API listens on, and no other', () => {
  const { HOST, PORT } = loadConfig('api', settle(service('api').environment, SECRETS));
  expect(HOST).toBeUndefined(); // all interfaces of the container
  const [published, ...more] = service('api').ports ?? [];
  expect(more).toEqual([]);
  expect(published).toBe(`\${PORT:-${PORT}}:${PORT}`);
  expect(service('api').healthcheck?.test.at(-1)).toContain(`:${PORT}/readyz`);
  const others = Object.entries(compose.services).filter(([name]) => name !== 'api');
  expect(others.filter(([, { ports }]) => ports !== undefined)).toEqual([]);
});

test('connects the parts to the engines of the file', () => {
  const { DATABASE_URL, REDIS_URL } = settle(service('worker').environment, SECRETS);
  const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = settle(
    service('postgres').environment,
    SECRETS,
  );
  expect(REDIS_URL).toBe(`redis://:${SECRETS.REDIS_PASSWORD}@redis:6379`);
  const place = `postgres:5432/${POSTGRES_DB}`;
  expect(settle(service('migrate').environment, SECRETS)).toMatchObject({
    DATABASE_URL: `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@${place}`,
    DATABASE_APP_URL: DATABASE_URL,
  });
  expect(DATABASE_URL).toBe(`postgres://fairline_app:${SECRETS.POSTGRES_APP_PASSWORD}@${place}`);
  expect(settle(service('api').environment, SECRETS)['DATABASE_URL']).toBe(DATABASE_URL);
});

test.each(['api', 'worker'])('%s does not know the owner of the tables', (part) => {
  expect(JSON.stringify(service(part))).not.toContain('POSTGRES_PASSWORD');
});

test('Redis syncs every write and evicts nothing', () => {
  expect(service('redis').command?.join(' ')).toContain(
    '--appendonly yes --appendfsync always --maxmemory-policy noeviction',
  );
});

test.each(engines)('%s keeps its data in a named volume', (engine) => {
  const [volume] = service(engine).volumes;
  expect(Object.keys(compose.volumes)).toContain(volume?.split(':')[0]);
});

test('every service that stays has a health check and comes back', () => {
  const staying = Object.entries(compose.services).filter(([name]) => name !== 'migrate');
  for (const [name, { healthcheck, restart }] of staying) {
    expect(healthcheck, name).toBeDefined();
    expect(restart, name).toBe('unless-stopped');
  }
});

test('the parts wait for their engines and for the migrations', () => {
  const healthy = { condition: 'service_healthy' };
  for (const part of ['api', 'worker']) {
    expect(service(part).depends_on).toEqual({
      postgres: healthy,
      redis: healthy,
      migrate: { condition: 'service_completed_successfully' },
    });
  }
  expect(service('migrate').depends_on).toEqual({ postgres: healthy });
});

test('there can be many workers', () => {
  expect(service('worker')).not.toHaveProperty('container_name');
  expect(service('worker')).not.toHaveProperty('ports');
  expect(service('worker')).not.toHaveProperty('hostname');
});

function service(name: string) {
  const found = compose.services[name];
  if (!found) throw new Error(`There is no service ${name}.`);
  return found;
}

/** Fills in `${NAME:-default}` and `${NAME:?message}` as compose does. */
function settle(environment: Record<string, string>, outside: Record<string, string | undefined>) {
  const fillIn = (_: string, name: string, operator: string, rest: string) => {
    const given = outside[name];
    if (given === undefined && operator === '?') throw new Error(`${name}: ${rest}`);
    return given ?? rest;
  };
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{(\w+):([-?])([^}]*)\}/g, fillIn),
    ]),
  ) as Record<string, string>;
}
