import { expect, it, onTestFinished } from 'vitest';
import { Client } from '../support/client.ts';
import { proxyTo } from '../support/proxy.ts';
import { startSystem } from '../support/system.ts';

it('goes on accepting while Postgres is away; decisions wait for it (I4, I5)', async () => {
  let proxy: Awaited<ReturnType<typeof proxyTo>> | undefined;
  const system = await startSystem({
    wrapDatabase: async (url) => {
      proxy = await proxyTo(new URL(url));
      return proxy.url;
    },
  });
  onTestFinished(async () => {
    await system.stop();
    proxy?.close();
  });
  system.startWorker();
  const client = new Client(system.url);
  const sale = await client.createSale({ stock: 3, holdSeconds: 5 });
  const ann = await client.token('ann');
  const first = await client.buy(sale, ann);
  expect(first.status).toBe('held');

  proxy?.setAway(true);
  const tokens = await Promise.all(['bob', 'cid', 'dot'].map((name) => client.token(name)));
  const taken = [];
  for (const token of tokens) {
    const { status, body } = await client.take(sale, token);
    expect(status).toBe(202);
    taken.push({ ticketId: body.ticketId, token });
  }
  const ready = await client.call('GET', '/readyz');
  expect(ready).toMatchObject({ status: 503, body: { redis: 'up', postgres: 'down' } });
  const orders = await client.call('GET', '/api/orders', { token: ann });
  expect(orders).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(Number(orders.headers.get('retry-after'))).toBeGreaterThan(0);

  // The worker has decided them by now, and nobody may see it.
  const { keys } = system.shards.at(0);
  const state = keys.at(await system.shards.at(0).epoch()).state;
  const last = await system.redis.get(keys.queue('id'));
  await expect.poll(() => system.redis.hget(state, 'decided')).toBe(last);
  for (const { ticketId, token } of taken) {
    expect((await client.poll(ticketId, token, 0)).status).toBe('queued');
  }

  proxy?.setAway(false);
  const decided = [];
  for (const { ticketId, token } of taken) decided.push(await client.poll(ticketId, token));
  expect(decided.map(({ lineNumber }) => lineNumber)).toEqual([2, 3, 4]);
  expect(decided[2]?.status).toBe('sold_out');
  for (const { order } of decided.slice(0, 2)) {
    const holdMs = Date.parse(order?.holdExpiresAt ?? '') - Date.parse(order?.createdAt ?? '');
    expect(holdMs).toBeGreaterThan(4_990); // its full time, from when it was recorded
  }
});
