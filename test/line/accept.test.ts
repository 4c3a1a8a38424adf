import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Client } from '../support/client.ts';
import { startSystem } from '../support/system.ts';

describe('accepting', () => {
  it('never leaves a ticket behind, even with batches of one', async () => {
    const system = await startSystem({ batchMax: 1, batchMs: 1_000 });
    system.startWorker();
    const client = new Client(system.url);
    const sale = await client.createSale({ stock: 100 });
    const take = async (i: number) => client.take(sale, await client.token(`buyer ${i}`));
    const positions = [];
    for (let round = 0; round < 5; round++) {
      const taken = await Promise.all(Array.from({ length: 10 }, (_, i) => take(10 * round + i)));
      positions.push(...taken.map(({ body }) => body.position ?? 0));
    }
    expect(positions.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
    await system.stop();
  });

  it('names the request in the batch and in the log', async () => {
    const lines: { requestId?: string; uid?: string; msg?: string }[] = [];
    const system = await startSystem({
      log: pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line)) }),
    });
    const client = new Client(system.url);
    const sale = await client.createSale();
    await client.call('POST', `/api/sales/${sale.id}/tickets`, {
      token: await client.token('ann'),
      body: { items: [{ productId: sale.products[0]?.id, quantity: 1 }] },
      headers: { 'x-request-id': 'request-1' },
    });
    const { keys } = system.shards.at(0);
    const [job] = await system.redis.lrange(keys.queue('wait'), -1, -1);
    const batch = JSON.parse((await system.redis.hget(keys.queue(`${job}`), 'data')) ?? '');
    expect(batch.rid).toBe('request-1');
    const accepted = lines.find(({ requestId }) => requestId === 'request-1');
    expect(accepted).toMatchObject({ msg: 'accepted', uid: batch.uid });
    await system.stop();
  });

  it('gathers what comes together into one batch', async () => {
    const system = await startSystem({ batchMs: 50 });
    const client = new Client(system.url);
    const sale = await client.createSale();
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, i) => client.token(`b${i}`)));
    await client.take(sale, await client.token('first')); // opens connections, loads the sale
    await Promise.all(tokens.map((token) => client.take(sale, token)));
    const { keys } = system.shards.at(0);
    expect(await system.redis.llen(keys.queue('wait'))).toBeLessThan(10);
    await system.stop();
  });
});
