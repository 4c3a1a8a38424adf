import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { EngineStartError } from '../../demo/engine-process.ts';
import { type RunningRedis, startRedis } from '../../demo/redis.ts';
import { makeTempDir } from '../support/temp-dir.ts';

test('keeps what it acknowledged over a kill and over a clean restart', async () => {
  const dir = makeTempDir();
  const first = await start({ dir });
  await withClient(first.url, (client) => client.set('a', '1'));
  await first.kill();

  const second = await start({ dir, port: first.port });
  expect(second.url).toBe(first.url);
  await withClient(second.url, (client) => client.set('b', '2'));
  await second.stop();

  const third = await start({ dir });
  expect(await withClient(third.url, (client) => client.mget('a', 'b'))).toEqual(['1', '2']);
});

test('is durable, never evicts and listens on the loopback interface only', async () => {
  const redis = await start({ dir: makeTempDir() });
  const config = await withClient(redis.url, (client) =>
    client.call('CONFIG', 'GET', 'append*', 'save', 'maxmemory-policy', 'bind'),
  );
  expect(pairs(config)).toMatchObject({
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
    'maxmemory-policy': 'noeviction',
    bind: '127.0.0.1',
  });
});

test('takes additional arguments, which override its own', async () => {
  const redis = await start({ dir: makeTempDir(), args: ['--appendfsync', 'no'] });
  const config = await withClient(redis.url, (client) =>
    client.call('CONFIG', 'GET', 'appendfsync'),
  );
  expect(pairs(config)).toEqual({ appendfsync: 'no' });
});

test('says what Redis said when it cannot start', async () => {
  const starting = startRedis({ dir: makeTempDir(), args: ['--no-such-setting', '1'] });
  await expect(starting).rejects.toThrow(EngineStartError);
  await expect(starting).rejects.toThrow(/no-such-setting/);
});

test('runs in a process group of its own, out of reach of Ctrl-C in a terminal', async () => {
  const redis = await start({ dir: makeTempDir() });
  // Throws ESRCH when there is no such group.
  expect(process.kill(-redis.pid, 0)).toBe(true);
});

async function start(options: Parameters<typeof startRedis>[0]): Promise<RunningRedis> {
  const redis = await startRedis(options);
  onTestFinished(() => redis.stop());
  return redis;
}

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

function pairs(reply: unknown): Record<string, string> {
  const flat = Array.isArray(reply) ? reply.map(String) : [];
  return Object.fromEntries(
    flat.flatMap((name, index) => (index % 2 ? [] : [[name, flat[index + 1] ?? '']])),
  );
}
