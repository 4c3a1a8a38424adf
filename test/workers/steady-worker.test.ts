import { Queue, Worker } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRedis, type RedisClient } from '../../src/redis/client.ts';
import { SteadyWorker } from '../../src/workers/steady-worker.ts';
import { silent } from '../support/database.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

const PREFIX = 'steady:{test}';

describe('a worker that stands still', () => {
  let engine: TestRedis;
  let redis: RedisClient;
  let queue: Queue;
  beforeEach(async () => {
    engine = await startTestRedis();
    redis = connectRedis(engine.url, 'worker', silent);
    queue = new Queue('work', { connection: redis, prefix: PREFIX });
  });
  afterEach(async () => {
    await queue.close();
    redis.disconnect();
    await engine.stop();
  });

  /** The first worker takes nothing, as one does whose connection hangs; the others do. */
  const start = () => {
    const opened: Worker[] = [];
    const done = Promise.withResolvers<void>();
    const open = () => {
      const worker = new Worker('work', async () => done.resolve(), {
        connection: redis,
        prefix: PREFIX,
        autorun: opened.length > 0,
      });
      opened.push(worker);
      return worker;
    };
    const steady = new SteadyWorker({
      ...{ redis, log: silent, open, name: { test: 1 }, closePatienceMs: 2_000 },
      queueKeys: {
        wait: `${PREFIX}:work:wait`,
        active: `${PREFIX}:work:active`,
        marker: `${PREFIX}:work:marker`,
      },
    });
    return { steady, opened, done: done.promise };
  };

  it('is replaced once jobs have waited for 3 s and nobody took one', async () => {
    const { steady, opened, done } = start();
    await steady.check(0);
    await queue.add('job', {});
    await steady.check(1_000);
    await steady.check(3_999);
    expect(opened.length).toBe(1);
    await steady.check(4_000);
    expect(opened.length).toBe(2);
    await done;
    await steady.close();
  });

  it('stays while nothing waits or a job is in progress, which resets the count', async () => {
    const { steady, opened } = start();
    await steady.check(0);
    await steady.check(10_000);
    await queue.add('job', {});
    await steady.check(11_000);
    await redis.lpush(`${PREFIX}:work:active`, 'other');
    await steady.check(15_000);
    await redis.del(`${PREFIX}:work:active`);
    await steady.check(16_000);
    await steady.check(18_999);
    expect(opened.length).toBe(1);
    await steady.close();
  });
});
