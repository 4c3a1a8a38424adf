import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { Client } from '../support/client.ts';
import { runCommand } from '../support/parts.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

describe('what an operator runs by hand', () => {
  let system: TestSystem;
  let client: Client;
  let sale: SaleView;
  let env: Record<string, string>;
  beforeEach(async () => {
    system = await startSystem({ shards: 2 });
    env = { REDIS_URL: system.redisUrl, DATABASE_URL: system.databaseUrl };
    client = new Client(system.url);
    sale = await client.createSale({ stock: 2 });
    system.startWorker();
    await client.buy(sale, await client.token('ann'));
  });
  afterEach(() => system.stop());

  it('npm run rebuild -- SHARD writes the shard anew, in the middle of a sale (I9)', async () => {
    const shard = system.shards.at(0);
    const epoch = await shard.epoch();
    await system.redis.hset(shard.keys.at(epoch).sale(sale.id).sale, 'a0', 100);
    const { code, output } = await runCommand('src/ops/rebuild.ts', ['0'], env);
    expect(output).toContain('the shard in Redis is what Postgres says');
    expect(code).toBe(0);
    expect(await system.redis.get(shard.keys.epoch)).toBe(String(epoch + 1));
    const tokens = await Promise.all(['bob', 'cid'].map((name) => client.token(name)));
    const bought = [];
    for (const token of tokens) bought.push((await client.buy(sale, token)).status);
    expect(bought).toEqual(['held', 'sold_out']);
  });

  it.each([[[]], [['7']], [['0', '1']], [['x']]])(
    'npm run rebuild refuses %j and says which shards there are',
    async (args) => {
      const { code, output } = await runCommand('src/ops/rebuild.ts', args, env);
      expect(output).toContain('Usage: npm run rebuild -- SHARD\nSHARD is one of 0, 1.');
      expect(code).toBe(1);
    },
  );

  it('npm run reconcile compares everything and repairs it', async () => {
    await system.stopWorker();
    const shard = system.shards.at(0);
    shard.invalidate(); // the worker may have rebuilt it
    const outcomesNow = async () => shard.keys.at(await shard.epoch()).sale(sale.id).outcomes;
    const outcomes = await outcomesNow();
    const uids = await system.redis.hkeys(outcomes);
    expect(uids).toHaveLength(1);
    await system.redis.del(outcomes);
    const first = await runCommand('src/ops/reconcile.ts', [], env);
    expect(first.output).toContain('Redis differed from Postgres: rebuilding it');
    expect(first.code).toBe(0);
    const second = await runCommand('src/ops/reconcile.ts', [], env);
    expect(second.output).not.toContain('differed');
    expect(second.code).toBe(0);
    shard.invalidate();
    expect(await system.redis.hkeys(await outcomesNow())).toEqual(uids);
  });

  it('a command fails when Postgres does not answer', async () => {
    const away = { ...env, DATABASE_URL: 'postgres://127.0.0.1:1/nowhere' };
    const { code, output } = await runCommand('src/ops/rebuild.ts', ['0'], away);
    expect(output).toContain('ECONNREFUSED');
    expect(code).toBe(1);
  });
});
