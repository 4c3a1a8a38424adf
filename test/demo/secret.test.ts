import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepSecret } from '../../demo/secret.ts';
import { makeTempDir } from '../support/temp-dir.ts';

test('is created once, long enough, and readable by its owner only', () => {
  const file = join(makeTempDir(), 'made/secret');
  const secret = keepSecret(file);
  expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(keepSecret(file)).toBe(secret);
});

test('differs from folder to folder', () => {
  expect(keepSecret(join(makeTempDir(), 'secret'))).not.toBe(
    keepSecret(join(makeTempDir(), 'secret')),
  );
});
