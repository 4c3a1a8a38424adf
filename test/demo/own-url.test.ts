import { expect, it } from 'vitest';
import { ownUrl } from '../../demo/own-url.ts';

it.each([
  ['127.0.0.1', 'http://127.0.0.1:3000'],
  ['0.0.0.0', 'http://127.0.0.1:3000'],
  ['::', 'http://127.0.0.1:3000'],
  ['::1', 'http://[::1]:3000'],
  ['192.0.2.7', 'http://192.0.2.7:3000'],
  ['localhost', 'http://localhost:3000'],
])('what listens at %s is reached at %s', (host, url) => {
  expect(ownUrl(host, 3000)).toBe(url);
});
