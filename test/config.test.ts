import { expect, it } from 'vitest';
import { ConfigError, loadConfig, variablesOf } from '../src/config.ts';

const complete = {
  REDIS_URL: 'redis://127.0.0.1:6379',
  DATABASE_URL: 'postgres://127.0.0.1/fairline',
  AUTH_JWT_SECRET: 'x'.repeat(32),
};

it('fills in what has a default', () => {
  expect(loadConfig('api', { ...complete, PORT: '' })).toEqual({
    ...complete,
    LOG_LEVEL: 'info',
    PORT: 3000,
    LINE_SHARDS: 4,
    LINE_BATCH_MS: 3,
    LINE_BATCH_MAX: 100,
    LINE_MAX_WAITING: 1_000_000,
    LINE_WAITLIST_MAX: 10_000,
  });
});

it('asks no part for what it does not need', () => {
  expect(variablesOf('worker')).not.toContain('AUTH_JWT_SECRET');
  expect(variablesOf('migrate')).not.toContain('REDIS_URL');
});

it.each([
  ['AUTH_JWT_SECRET', undefined],
  ['AUTH_JWT_SECRET', 'short'],
  ['REDIS_URL', 'http://127.0.0.1'],
  ['REDIS_URL', 'redis://127.0.0.1:7000,127.0.0.1:7001'],
  ['DATABASE_URL', 'nonsense'],
  ['PORT', '65536'],
  ['PORT', '3e3'],
  ['LINE_SHARDS', '0'],
  ['LINE_BATCH_MAX', '-1'],
  ['LOG_LEVEL', 'loud'],
])('refuses %s=%s and names it', (name, value) => {
  const load = () => loadConfig('api', { ...complete, [name]: value });
  expect(load).toThrow(ConfigError);
  expect(load).toThrow(new RegExp(`^ {2}${name}: `, 'm'));
});
