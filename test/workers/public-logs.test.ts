import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDb, type Db } from '../../src/db/client.ts';
import { listLogKeys } from '../../src/db/log-keys.ts';
import { makeSigningKey } from '../../src/process/signing-key.ts';
import { LogSigner } from '../../src/public-log/signer.ts';
import { connectRedis, type RedisClient } from '../../src/redis/client.ts';
import { PublicLogs } from '../../src/workers/public-logs.ts';
import { createDatabase, silent } from '../support/database.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

describe('the key of the public logs', () => {
  let engine: TestRedis;
  let redis: RedisClient;
  let db: Db;
  beforeAll(async () => {
    engine = await startTestRedis();
    redis = connectRedis(engine.url, 'worker', silent);
    db = connectDb(await createDatabase(), silent);
  });
  afterAll(async () => {
    redis.disconnect();
    await db.destroy();
    await engine.stop();
  });

  /** Runs with a key of a name; returns the key and what the operator is told. */
  const runWith = async (name: string) => {
    const signer = new LogSigner(makeSigningKey(name));
    const told: unknown[] = [];
    const log = silent.child({});
    log.error = (text: unknown) => void told.push(text);
    const stopping = new AbortController().signal;
    await new PublicLogs({ db, redis, log, signer, witnesses: [], stopping }).run(true);
    return { key: signer.vkey, told };
  };

  it('may be replaced by one of its name; the ones before stay known', async () => {
    const { key: first } = await runWith('shop.example');
    const { key: second, told } = await runWith('shop.example');
    expect(told).toEqual([]);
    expect(await listLogKeys(db)).toEqual([second, first]);
  });

  it('of another name is not taken: the logs have their origins', async () => {
    const before = await listLogKeys(db);
    const { told } = await runWith('another.example');
    expect(told).toEqual([expect.stringContaining('that of the keys before it is shop.example')]);
    expect(await listLogKeys(db)).toEqual(before);
  });
});
