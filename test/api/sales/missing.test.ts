import type { KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { SaleViews } from '../../../src/api/sales/sale-views.ts';
import { ProgressWatch } from '../../../src/line/progress.ts';
import { connectRedis } from '../../../src/redis/client.ts';
import { Client } from '../../support/client.ts';
import { silent } from '../../support/database.ts';
import { proxyTo } from '../../support/proxy.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const nobody = () => crypto.randomUUID();

describe('a sale that is not there', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system.stop());

  /** The views of a process of its own, and how many queries they have made. */
  function countedViews() {
    let queries = 0;
    const plugin: KyselyPlugin = {
      transformQuery({ node }) {
        queries += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    const subscriber = connectRedis(system.redisUrl, 'subscriber', silent);
    const progress = new ProgressWatch({ redis: system.redis, subscriber, log: silent });
    onTestFinished(() => {
      progress.stop();
      subscriber.disconnect();
    });
    const db = system.db.withPlugin(plugin);
    const views = new SaleViews({ redis: system.redis, db, progress, log: silent });
    return { views, queries: () => queries };
  }

  it('is looked for once a second, however often it is asked for', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { views, queries } = countedViews();
    const id = nobody();
    await Promise.all([views.find(id), views.find(id)]);
    const once = queries();
    expect(once).toBeGreaterThan(0);
    for (let i = 0; i < 10; i++) {
      expect(await views.find(id)).toBeUndefined();
      expect(views.peek(id)).toBeUndefined();
      await expect(views.require(id)).rejects.toMatchObject({ code: 'sale_not_found' });
      await expect(views.judge(id, undefined, () => 1)).rejects.toMatchObject({
        code: 'sale_not_found',
      });
    }
    expect(queries()).toBe(once);
    vi.advanceTimersByTime(1_001);
    await views.find(id);
    expect(queries()).toBe(2 * once);
  });

  it('shares the queries of all that are asked for at once', async () => {
    const { views, queries } = countedViews();
    await views.find(nobody());
    const once = queries();
    await Promise.all(Array.from({ length: 100 }, () => views.find(nobody())));
    expect(queries()).toBe(2 * once);
  });

  it('does not make the lists of others anew', async () => {
    const { views } = countedViews();
    const { version } = views;
    await views.find(nobody());
    expect(views.version).toBe(version);
    const sale = await new Client(system.url).createSale();
    expect((await views.find(sale.id))?.sale.id).toBe(sale.id);
    expect(views.version).not.toBe(version);
  });
});

it('what no id looks like is refused without Postgres, whatever it would name', async () => {
  let cut = (_away: boolean) => {};
  const system = await startSystem({
    async wrapDatabase(url) {
      const proxy = await proxyTo(new URL(url));
      onTestFinished(() => proxy.close());
      cut = proxy.setAway;
      return proxy.url;
    },
  });
  onTestFinished(() => system.stop());
  const client = new Client(system.url);
  const [buyer, admin] = [await client.token('ann'), await client.token('seller', 'admin')];
  cut(true);
  const ask = async (id: string) =>
    Promise.all(
      [
        client.call('GET', `/api/sales/${id}`),
        client.call('GET', `/api/sales/${id}/events`),
        client.call('GET', `/api/sales/${id}/cart`, { token: buyer }),
        client.call('GET', `/api/orders/${id}`, { token: buyer }),
        client.call('GET', `/api/admin/sales/${id}/metrics`, { token: admin }),
        client.call('GET', `/api/admin/webhooks/${id}/deliveries`, { token: admin }),
      ].map(async (answer) => (await answer).status),
    );
  for (const odd of ['nowhere', 'x'.repeat(64), nobody().toUpperCase(), `${nobody()}0`]) {
    expect(await ask(odd), odd).toEqual([404, 404, 404, 404, 404, 404]);
  }
  // What could be an id is looked for.
  expect(new Set(await ask(nobody()))).toEqual(new Set([503]));
});
