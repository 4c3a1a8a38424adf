import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readSettings } from '../../demo/settings.ts';

it('npm start takes secrets from files, and hands them to its processes as variables', () => {
  const dir = mkdtempSync(join(tmpdir(), 'fairline-settings-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'auth');
  writeFileSync(file, 'a secret of tests, not of anything else\n');
  const url = join(dir, 'redis');
  writeFileSync(url, 'redis://redis.example:6379');
  const settings = readSettings({ AUTH_JWT_SECRET_FILE: file, REDIS_URL_FILE: url }, dir);
  expect(settings.secret).toBe('a secret of tests, not of anything else');
  expect(settings.redisUrl).toBe('redis://redis.example:6379');
  expect(settings.env).toEqual({
    AUTH_JWT_SECRET: 'a secret of tests, not of anything else',
    REDIS_URL: 'redis://redis.example:6379',
  });
  expect(() => readSettings({ STRIPE_SECRET_KEY_FILE: join(dir, 'nowhere') }, dir)).toThrow(
    'STRIPE_SECRET_KEY: the file',
  );
});

it('npm start tells of all settings that are broken at once, whoever reads them', () => {
  const env = {
    AUTH_JWT_SECRET_FILE: '/nowhere/auth',
    PORT: 'x',
    LINE_LOOKAHEAD: 'x',
    DATABASE_APP_URL: 'x',
    LOG_LEVEL: 'loud',
    STRIPE_PORT: '65536',
  };
  const told = () => {
    try {
      readSettings(env, '/nowhere');
    } catch (error) {
      return String(error).match(/^ {2}[A-Z_]+(?=: )/gm);
    }
    return undefined;
  };
  const names = ['AUTH_JWT_SECRET', ...Object.keys(env).slice(1)].sort();
  expect(
    told()
      ?.map((name) => name.trim())
      .sort(),
  ).toEqual(names);
});
