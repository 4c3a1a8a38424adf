import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { SaleEvents } from '../../../src/api/sales/sale-events.ts';
import { SaleViews } from '../../../src/api/sales/sale-views.ts';
import type { SaleEventView, SaleView } from '../../../src/api/schemas/sale.ts';
import { OpenRequests } from '../../../src/limits/open-requests.ts';
import { ProgressWatch } from '../../../src/line/progress.ts';
import { connectRedis } from '../../../src/redis/client.ts';
import { PROGRESS_CHANNEL } from '../../../src/redis/keys.ts';
import { Client, type SaleOptions } from '../../support/client.ts';
import { createDatabase, silent } from '../../support/database.ts';
import { EventClient } from '../../support/event-client.ts';
import { startApiPart } from '../../support/parts.ts';
import { proxyTo } from '../../support/proxy.ts';
import { startTestRedis } from '../../support/redis.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

type Reader = ReadableStreamDefaultReader<Uint8Array>;

const CROWD = 2_000;
const IP = '192.0.2.1';
const isSoldOut = ({ phase }: SaleEventView) => phase === 'sold_out';

describe('the events of a sale', () => {
  let system: TestSystem;
  let client: Client;
  beforeAll(async () => {
    system = await startSystem();
    system.startWorker();
    client = new Client(system.url);
  });
  afterAll(() => system.stop());

  const watch = async ({ id }: Pick<SaleView, 'id'>) => {
    const watcher = await EventClient.open(system.url, id);
    onTestFinished(() => watcher.close());
    return watcher;
  };
  const restock = async (sale: SaleView, delta: number) =>
    client.call('POST', `/api/admin/products/${sale.products[0]?.id}/restock`, {
      token: await client.token('seller', 'admin'),
      headers: { 'idempotency-key': crypto.randomUUID() },
      body: { delta },
    });
  /** Units of the only product. */
  const total = ({ products }: SaleEventView) => products[0]?.stock.total;

  it('begin with a snapshot that says what the sale says', async () => {
    const sale = await client.createSale({ stock: 3 });
    const watcher = await watch(sale);
    const first = await watcher.until(() => true);
    const { phase, products, line } = sale;
    const stocks = products.map(({ id, stock }) => ({ id, stock }));
    expect(first).toEqual({ phase, products: stocks, line, serverTime: expect.any(String) });
    expect(watcher.head).toMatch(/^HTTP\/1.1 200 /);
    expect(watcher.head).toMatch(/^content-type: text\/event-stream\r?$/m);
    expect(watcher.head).toMatch(/^cache-control: no-store\r?$/m);
  });

  it('tell what is held, and that all is sold out', async () => {
    const sale = await client.createSale({ stock: 2 });
    const watcher = await watch(sale);
    await watcher.until(({ phase }) => phase === 'open');
    const { ticketId } = await client.buy(sale, await client.token('ann'));
    await watcher.until(({ products }) => products[0]?.stock.held === 1);
    await client.buy(sale, await client.token('bob'));
    expect(await watcher.until(isSoldOut)).toMatchObject({
      products: [{ stock: { total: 2, available: 0, held: 2, sold: 0 } }],
      line: { waiting: 0, decided: 2 },
    });
    await client.call('DELETE', `/api/tickets/${ticketId}`, { token: await client.token('ann') });
    await watcher.until(({ phase }) => phase === 'open');
  });

  it('tell that a sale opens and that it ends, by the clock alone', async () => {
    const at = (ms: number) => new Date(Date.now() + ms);
    const times: SaleOptions = { startsAt: at(800), endsAt: at(1_600) };
    const watcher = await watch(await client.createSale(times));
    await watcher.until(({ phase }) => phase === 'upcoming');
    await watcher.until(({ phase }) => phase === 'open');
    const over = await watcher.until(({ phase }) => phase === 'closed');
    expect(Date.parse(over.serverTime)).toBeLessThan(Number(times.endsAt) + 1_000);
  });

  it('are at most four a second', async () => {
    const sale = await client.createSale({ stock: 1 });
    const watcher = await watch(sale);
    await watcher.until(() => true);
    const startedAt = performance.now();
    for (let i = 0; i < 30; i++) await restock(sale, 1);
    await watcher.until((view) => total(view) === 31);
    const seconds = (performance.now() - startedAt) / 1_000;
    expect(watcher.snapshots).toBeLessThanOrEqual(2 + seconds * 4);
  });

  it('are not there for a sale that is not there', async () => {
    const answer = await client.call('GET', '/api/sales/nowhere/events');
    expect(answer).toMatchObject({ status: 404, body: { code: 'sale_not_found' } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it(`reach ${CROWD} browsers through one subscription`, async () => {
    const sale = await client.createSale({ stock: 20 });
    const crowd = await Promise.all(
      Array.from({ length: CROWD }, () => EventClient.open(system.url, sale.id)),
    );
    onTestFinished(() => {
      for (const one of crowd) one.close();
    });
    await Promise.all(crowd.map((one) => one.until(({ phase }) => phase === 'open')));
    expect(await system.redis.pubsub('NUMSUB', PROGRESS_CHANNEL)).toEqual([PROGRESS_CHANNEL, 1]);
    const buyers = Array.from({ length: 20 }, (_, index) => client.token(`crowd-${index}`));
    await Promise.all(buyers.map(async (token) => client.buy(sale, await token)));
    const seen = await Promise.all(crowd.map((one) => one.until(isSoldOut)));
    expect(new Set(seen.map(({ products }) => products[0]?.stock.held))).toEqual(new Set([20]));
  });
});

describe('inside of the process, the events of a sale', () => {
  it('are pulled: a slow reader gets the latest, and leaving frees everything', async () => {
    const system = await startSystem();
    onTestFinished(() => system.stop());
    system.startWorker();
    const client = new Client(system.url);
    const { events, views, looks } = await watchInside(system);
    const sale = await client.createSale({ stock: 1 });
    const cached = await views.find(sale.id);
    if (cached === undefined) throw new Error('there is no sale');
    const [slow, quick] = [1, 2].map(() => events.open(cached, IP).getReader()) as [Reader, Reader];
    expect(events.listeners).toBe(0); // who never reads watches nothing: the answer to a HEAD
    const first = [await slow.read(), await quick.read()];
    expect(first[0]?.value).toBe(first[1]?.value); // one buffer for all
    expect(events.listeners).toBe(2);

    let view = viewIn(first[1]?.value);
    for (let units = 2; units < 6; units++) {
      await client.call('POST', `/api/admin/products/${sale.products[0]?.id}/restock`, {
        token: await client.token('seller', 'admin'),
        headers: { 'idempotency-key': `${units}` },
        body: { delta: 1 },
      });
      while (view?.products[0]?.stock.total !== units) view = viewIn((await quick.read()).value);
    }
    expect(viewIn((await slow.read()).value)?.products[0]?.stock.total).toBe(5);

    const waiting = quick.read();
    await quick.cancel();
    expect((await waiting).done).toBe(true);
    await slow.cancel();
    expect(events.listeners).toBe(0);
    const looked = looks();
    await client.createSale(); // the shard changes without subscribers
    expect(looks()).toBe(looked);
  });

  it('end when the process does, and begin no more', async () => {
    const system = await startSystem();
    onTestFinished(() => system.stop());
    const { events, views } = await watchInside(system);
    const sale = await new Client(system.url).createSale();
    const cached = await views.find(sale.id);
    if (cached === undefined) throw new Error('there is no sale');
    const reader = events.open(cached, IP).getReader();
    await reader.read();
    const waiting = reader.read();
    events.stop();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(() => events.open(cached, IP)).toThrow(expect.objectContaining({ code: 'unavailable' }));
  });
});

describe('a sale that is watched', () => {
  it('is read while it takes tickets, and when it is over only when something moved', async () => {
    const system = await startSystem();
    onTestFinished(() => system.stop());
    const client = new Client(system.url);
    const [open, closed, other] = [
      await client.createSale(),
      await client.createSale(),
      await client.createSale(),
    ];
    const token = await client.token('seller', 'admin');
    await client.call('POST', `/api/admin/sales/${closed.id}/close`, { token });
    const { events, views, looks } = await watchInside(system);
    const watch = async (id: string) => {
      const cached = await views.refresh(id);
      if (cached === undefined) throw new Error('there is no sale');
      const reader = events.open(cached, IP).getReader();
      await reader.read();
      return reader;
    };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const over = await watch(closed.id);
    let before = looks();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(looks()).toBe(before);
    vi.useRealTimers();
    // Its shard moves.
    system.startWorker();
    await client.buy(other, await client.token('ann'));
    await expect.poll(looks).toBeGreaterThan(before);
    await over.cancel();
    await watch(open.id);
    before = looks();
    await expect.poll(looks).toBeGreaterThan(before); // nothing moved
  });
});

describe('over a connection, the events of a sale', () => {
  it('free what they had when the browser leaves or the API stops', async () => {
    const system = await startSystem();
    const client = new Client(system.url);
    const sale = await client.createSale();
    const [leaves, stays] = [
      await EventClient.open(system.url, sale.id),
      await EventClient.open(system.url, sale.id),
    ];
    await Promise.all([leaves, stays].map((one) => one.until(() => true)));
    leaves.close();
    await system.stop();
    await stays.ended;
    expect(stays.latest?.phase).toBe('open');
  });

  it('go on after an outage of Postgres, on the same connection', async () => {
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
    system.startWorker();
    const client = new Client(system.url);
    const sale = await client.createSale({ stock: 2 });
    const watcher = await EventClient.open(system.url, sale.id);
    onTestFinished(() => watcher.close());
    await client.buy(sale, await client.token('ann'));
    await watcher.until(({ products }) => products[0]?.stock.held === 1);
    cut(true);
    await expect.poll(async () => (await client.call('GET', '/readyz')).status).toBe(503);
    const taken = await client.take(sale, await client.token('bob'));
    expect(taken.status).toBe(202);
    cut(false);
    await watcher.until(isSoldOut);
  });
});

it('an API process ends at once in order, whoever watches', async () => {
  const [redis, databaseUrl] = await Promise.all([startTestRedis(), createDatabase()]);
  onTestFinished(() => redis.stop());
  const api = await startApiPart({ REDIS_URL: redis.url, DATABASE_URL: databaseUrl });
  const { id } = await new Client(api.url).createSale();
  const watchers = await Promise.all([1, 2, 3].map(() => EventClient.open(api.url, id)));
  await Promise.all(watchers.map((one) => one.until(() => true)));
  expect(await api.end('SIGTERM')).toBe(0);
  await Promise.all(watchers.map(({ ended }) => ended));
});

/** The events of a process of its own on the engines of a system. */
async function watchInside(system: TestSystem) {
  const subscriber = connectRedis(system.redisUrl, 'subscriber', silent);
  const progress = new ProgressWatch({ redis: system.redis, subscriber, log: silent });
  progress.start();
  const views = new SaleViews({ redis: system.redis, db: system.db, progress, log: silent });
  const refresh = vi.spyOn(views, 'refresh');
  const streams = new OpenRequests(undefined);
  const events = new SaleEvents({ views, progress, log: silent, streams });
  onTestFinished(() => {
    events.stop();
    progress.stop();
    subscriber.disconnect();
  });
  return { events, views, looks: () => refresh.mock.calls.length };
}

function viewIn(piece: Uint8Array | undefined): SaleEventView | undefined {
  const data = /^data: (.+)$/m.exec(Buffer.from(piece ?? []).toString())?.[1];
  return data === undefined ? undefined : (JSON.parse(data) as SaleEventView);
}
