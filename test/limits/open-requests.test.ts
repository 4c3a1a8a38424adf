import { expect, it } from 'vitest';
import { OpenRequests } from '../../src/limits/open-requests.ts';

const refusal = (code: string) => expect.objectContaining({ code, retryAfterSeconds: 5 });

it('counts what is open, of each IP and in all', () => {
  const open = new OpenRequests({ total: 3, perIp: 2 });
  const first = open.open('a');
  open.open('a');
  expect(() => open.open('a')).toThrow(refusal('too_many_requests'));
  open.open('b');
  expect(() => open.open('c')).toThrow(refusal('unavailable'));
  expect(open.total).toBe(3);
  first();
  first(); // a second time it ends nothing
  expect(open.total).toBe(2);
  open.open('a');
  expect(() => open.open('a')).toThrow(refusal('too_many_requests'));
  expect(() => open.open('b')).toThrow(refusal('unavailable'));
});

it('has no bounds where limits are off', () => {
  const open = new OpenRequests(undefined);
  for (let i = 0; i < 10_000; i++) open.open('a');
  expect(open.total).toBe(10_000);
});
