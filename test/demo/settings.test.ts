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
