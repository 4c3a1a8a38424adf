import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { endSales } from '../../src/workers/sweeps/end-sales.ts';
import { Client } from '../support/client.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

describe('the end of a sale', () => {
  let system: TestSystem;
  let client: Client;
  let sale: SaleView;
  beforeEach(async () => {
    system = await startSystem();
    client = new Client(system.url);
    sale = await client.createSale();
  });
  afterEach(() => system.stop());

  const endsIn = async (seconds: number) => {
    const { status } = await client.call('PATCH', `/api/admin/sales/${sale.id}`, {
      token: await client.token('seller', 'admin'),
      body: { endsAt: new Date(Date.now() + seconds * 1000) },
    });
    expect(status).toBe(200);
  };
  const closed = async () =>
    (await system.db.selectFrom('sales').select('closed').executeTakeFirstOrThrow()).closed;

  it('is journaled once earlier tickets are decided, also after a change of its end', async () => {
    const ender = endSales(system);
    const shard = system.shards.at(0);
    const ann = await client.token('ann');
    const first = (await client.take(sale, ann)).body;
    await endsIn(-20);
    await ender.run(shard, Date.now());
    expect(await closed()).toBe(''); // a ticket is waiting

    await endsIn(3_600);
    const bob = await client.token('bob');
    const second = (await client.take(sale, bob)).body;
    await endsIn(-20);
    const [job] = await system.redis.lrange(shard.keys.queue('wait'), -1, -1);
    expect(Number(job)).toBeGreaterThan(0);
    await ender.run(shard, Date.now());
    expect(await closed()).toBe('');

    system.startWorker(); // decides both, and then ends the sale by itself
    for (const [{ ticketId }, token] of [
      [first, ann],
      [second, bob],
    ] as const) {
      expect(await client.poll(ticketId, token)).toMatchObject({ reason: 'sale_closed' });
    }
    await system.until(async () => (await closed()) === 'ended');
    const log = await system.db.selectFrom('log').select('kind').orderBy('seq', 'desc').execute();
    expect(log[0]?.kind).toBe('close');
  });

  it('waits for its grace: what was accepted in time may still be on its way', async () => {
    await endsIn(-5);
    await endSales(system).run(system.shards.at(0), Date.now());
    expect(await closed()).toBe('');
  });
});
