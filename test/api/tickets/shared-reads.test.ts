import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis } from '../../../src/redis/client.ts';
import { FieldReads } from '../../../src/redis/field-reads.ts';
import { silent } from '../../support/database.ts';
import { startTestRedis } from '../../support/redis.ts';

describe('reads of polls that come together', () => {
  let engine: Awaited<ReturnType<typeof startTestRedis>>;
  let redis: ReturnType<typeof connectRedis>;
  let fields: FieldReads;
  beforeAll(async () => {
    engine = await startTestRedis();
    redis = connectRedis(engine.url, 'worker', silent);
    fields = new FieldReads(redis);
    await redis.hset('one', { a: '1', b: '2' });
    await redis.hset('other', { a: '3' });
  });
  afterAll(async () => {
    redis.disconnect();
    await engine.stop();
  });

  const commands = async () =>
    Number(/cmdstat_hmget:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);

  it('share one command for each hash', async () => {
    const before = await commands();
    const read = [
      ['one', 'a'],
      ['one', 'b'],
      ['other', 'a'],
      ['one', 'c'],
      ['one', 'a'],
    ] as const;
    const values = await Promise.all(read.map(([key, name]) => fields.read(key, name)));
    expect(values).toEqual(['1', '2', '3', null, '1']);
    expect((await commands()) - before).toBe(2);
  });

  it('but none gets what was read before it was asked for', async () => {
    const before = await commands();
    expect(await fields.read('one', 'a')).toBe('1');
    await redis.hset('one', 'a', '9');
    expect(await fields.read('one', 'a')).toBe('9');
    expect((await commands()) - before).toBe(2);
  });

  it('fail together, each with the error', async () => {
    await redis.set('text', 'x');
    const reads = [fields.read('text', 'a'), fields.read('text', 'b')];
    const settled = await Promise.allSettled(reads);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('and fail apart from those of another hash, which may be on another node', async () => {
    await redis.set('text', 'x');
    const [broken, whole] = await Promise.allSettled([
      fields.read('text', 'a'),
      fields.read('other', 'a'),
    ]);
    expect(broken.status).toBe('rejected');
    expect(whole).toEqual({ status: 'fulfilled', value: '3' });
  });
});
