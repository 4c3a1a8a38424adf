import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Quotas } from '../../../src/domain/limits.ts';
import { Throttled } from '../../../src/limits/throttled.ts';
import { connectRedis } from '../../../src/redis/client.ts';
import { type Answer, Client } from '../../support/client.ts';
import { silent } from '../../support/database.ts';
import { proxyTo, type TcpProxy } from '../../support/proxy.ts';
import { type SystemOptions, startSystem, type TestSystem } from '../../support/system.ts';

/** A system with two API processes and the given limits. */
async function startLimited(limits: Partial<Quotas>, options: SystemOptions = {}) {
  const system = await startSystem({ ...options, limits });
  const apis = [new Client(system.url), new Client(await system.startAnotherApi())] as const;
  return { system, apis, client: apis[0] };
}

/** Sends a request `times` times, by turns to both processes, one after the other. */
async function hammer(
  apis: readonly Client[],
  times: number,
  send: (api: Client) => Promise<Answer>,
) {
  const answers: Answer[] = [];
  for (let i = 0; i < times; i++) answers.push(await send(apis[i % apis.length] as Client));
  return answers;
}

const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status);

/** The RateLimit fields of an answer. */
function fieldsOf({ headers }: Answer) {
  const parse = (name: string, form: RegExp) => form.exec(headers.get(name) ?? '')?.slice(1) ?? [];
  const [policy, q, w] = parse('ratelimit-policy', /^"([a-z-]+)";q=(\d+);w=(\d+)$/);
  const [name, r, t] = parse('ratelimit', /^"([a-z-]+)";r=(\d+);t=(\d+)$/);
  expect(name).toBe(policy);
  return { policy, q: Number(q), w: Number(w), r: Number(r), t: Number(t) };
}

/** A refusal as every limit answers it. */
function expectThrottled(answer: Answer, policy: string, atMostSeconds: number) {
  expect(answer).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const seconds = Number(answer.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(atMostSeconds);
  expect(fieldsOf(answer)).toMatchObject({ policy, r: 0, t: seconds });
}

const from = (ip: string) => ({ headers: { 'x-forwarded-for': ip } });

describe('limits on tickets, over two API processes', () => {
  const limits = { tickets_buyer: 4, tickets_ip: 6, tickets_sale: 12 };
  let system: TestSystem;
  let apis: readonly [Client, Client];
  let client: Client;
  beforeAll(async () => {
    ({ system, apis, client } = await startLimited(limits));
    system.startWorker();
  });
  afterAll(() => system.stop());

  let ips = 0;
  const newIp = () => `198.51.100.${++ips}`;
  const asking = async (
    sale: Awaited<ReturnType<Client['createSale']>>,
    buyer: string,
    ip?: string,
  ) => {
    const token = await client.token(buyer);
    const body = { items: [{ productId: sale.products[0]?.id, quantity: 1 }] };
    return (api: Client) =>
      api.call<{ ticketId: string; position: number }>('POST', `/api/sales/${sale.id}/tickets`, {
        token,
        body,
        ...from(ip ?? newIp()),
      });
  };

  it('a buyer has so many a minute and sale, counted down in the answers', async () => {
    const sale = await client.createSale();
    const answers = await hammer(apis, 6, await asking(sale, 'ann'));
    expect(statuses(answers)).toEqual([202, 202, 202, 202, 429, 429]);
    for (const [i, answer] of answers.slice(0, 4).entries()) {
      expect(fieldsOf(answer)).toEqual({ policy: 'tickets', q: 4, w: 60, r: 3 - i, t: 60 });
    }
    for (const answer of answers.slice(4)) expectThrottled(answer, 'tickets', 75);
    expect(statuses(await hammer(apis, 1, await asking(sale, 'bob')))).toEqual([202]);
    const other = await client.createSale();
    expect(statuses(await hammer(apis, 1, await asking(other, 'ann')))).toEqual([202]);
  });

  it('many at once get no more', async () => {
    const sale = await client.createSale();
    const ask = await asking(sale, 'ann');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => ask(apis[i % 2 ? 1 : 0])),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(4);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(16);
  });

  it('an IP has so many, whoever asks, and the nearest limit is told', async () => {
    const sale = await client.createSale();
    const ip = newIp();
    const asks = await Promise.all(Array.from({ length: 7 }, (_, i) => asking(sale, `b${i}`, ip)));
    const answers = [];
    for (const [i, ask] of asks.entries()) answers.push(await ask(apis[i % 2 ? 1 : 0]));
    expect(statuses(answers)).toEqual([202, 202, 202, 202, 202, 202, 429]);
    expect(answers.slice(0, 6).map((answer) => fieldsOf(answer).policy)).toEqual([
      ...['tickets', 'tickets', 'tickets', 'tickets-ip', 'tickets-ip', 'tickets-ip'],
    ]);
    expectThrottled(answers[6] as Answer, 'tickets-ip', 75);
  });

  it('a sale takes so many in all', async () => {
    const sale = await client.createSale();
    const asks = await Promise.all(Array.from({ length: 15 }, (_, i) => asking(sale, `b${i}`)));
    const answers = await Promise.all(asks.map((ask, i) => ask(apis[i % 2 ? 1 : 0])));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(12);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(3);
    for (const answer of refused) expectThrottled(answer, 'tickets-sale', 75);
  });

  it('whoever is refused takes no place: positions and line numbers have no gaps', async () => {
    const sale = await client.createSale({ stock: 100 });
    const buyers = Array.from({ length: 8 }, (_, i) => (i % 2 ? 'greedy' : `buyer ${i}`));
    const asks = await Promise.all(buyers.map((buyer) => asking(sale, buyer)));
    const rounds = Array.from({ length: 2 }, () => asks).flat();
    const answers = await Promise.all(rounds.map((ask, i) => ask(apis[i % 2 ? 1 : 0])));
    const taken = answers.filter(({ status }) => status === 202);
    expect(taken).toHaveLength(8 + 4);
    // Positions are off by what is in flight with two processes, but each is given once.
    const oneToTwelve = Array.from({ length: 12 }, (_, i) => i + 1);
    expect(taken.map(({ body }) => body.position).sort((a, b) => a - b)).toEqual(oneToTwelve);
    const lineNumbers = await Promise.all(
      answers.map(async ({ status, body }, i) => {
        if (status !== 202) return [];
        const token = await client.token(buyers[i % 8] ?? '');
        return [(await client.poll(body.ticketId, token)).lineNumber ?? 0];
      }),
    );
    expect(lineNumbers.flat().sort((a, b) => a - b)).toEqual(oneToTwelve);
  });

  it('is told by metrics, of all processes together', async () => {
    const token = await client.token('seller', 'admin');
    const read = async (path: string, api: Client) =>
      (await api.call<{ throttled: number }>('GET', path, { token })).body.throttled;
    const sale = await client.createSale();
    await read('/api/admin/metrics', apis[1]); // brings what the tests before have left there
    const before = await read('/api/admin/metrics', client);
    await hammer(apis, 9, await asking(sale, 'ann'));
    // What the other process has counted comes after a second; what is asked brings its own at
    // once.
    for (const api of apis) {
      await expect.poll(() => read(`/api/admin/sales/${sale.id}/metrics`, api)).toBe(5);
      expect(await read('/api/admin/metrics', api)).toBe(before + 5);
    }
    const other = await client.createSale();
    expect(await read(`/api/admin/sales/${other.id}/metrics`, client)).toBe(0);
    const { body } = await client.call<string>('GET', '/metrics');
    const line = /^fairline_throttled_total\{limit="tickets_buyer"\} (\d+)$/m.exec(body);
    expect(Number(line?.[1])).toBeGreaterThan(2);
    expect(body).toMatch(/^fairline_throttled_total\{limit="tickets_ip"\} \d+$/m);
  });

  it('keeps nothing for ever', async () => {
    const keys = await system.redis.keys('fairline:{0}:requests:*');
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      const ms = await system.redis.pttl(key);
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThanOrEqual(120_000);
      expect(await system.redis.hkeys(key)).not.toContainEqual(expect.stringContaining('198.51'));
    }
  });
});

describe('limits on polls', () => {
  it('a buyer has so many a second, of all that is read, at each process', async () => {
    const { system, apis, client } = await startLimited({ polls_buyer: 5 });
    const token = await client.token('ann');
    const paths = ['/api/orders', '/api/tickets', '/api/me', '/api/orders/x', '/api/tickets/x'];
    // Within a second: they are answered in a few ms each; all at once, so that none is late.
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) => client.call('GET', paths[i % 5] ?? '', { token })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(20);
    for (const answer of refused) expectThrottled(answer, 'polls', 1);
    const bob = await apis[1].call('GET', '/api/orders', { token: await client.token('bob') });
    expect(bob.status).toBe(200);
    expect(fieldsOf(bob)).toEqual({ policy: 'polls', q: 5, w: 1, r: 4, t: 1 });
    // Waiting for the announced time succeeds.
    await expect
      .poll(async () => (await client.call('GET', '/api/orders', { token })).status)
      .toBe(200);
    const sales = await client.call('GET', '/api/sales');
    expect(sales.headers.has('ratelimit')).toBe(false);
    await system.stop();
  });

  it('an IP has so many, of what is public too', async () => {
    const { system, client } = await startLimited({ polls_ip: 3 });
    const sale = await client.createSale();
    const token = await client.token('ann');
    const paths = ['/api/sales', `/api/sales/${sale.id}`, '/api/orders'];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => {
        return client.call('GET', paths[i % 3] ?? '', { token, ...from('198.51.100.1') });
      }),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(6);
    for (const answer of refused) expectThrottled(answer, 'polls-ip', 1);
    const other = await client.call('GET', '/api/sales', from('198.51.100.2'));
    expect(other.status).toBe(200);
    expect(fieldsOf(other)).toMatchObject({ policy: 'polls-ip', q: 3, r: 2 });
    await system.stop();
  });
});

describe('limits on what ends in calls to Stripe', () => {
  it('a buyer has so many a minute, over two processes', async () => {
    const { system, apis, client } = await startLimited({ payments_buyer: 3 });
    const token = await client.token('ann');
    const answers = [
      ...(await hammer(apis, 2, (api) => api.call('POST', '/api/orders/x/payment', { token }))),
      ...(await hammer(apis, 3, (api) => api.call('POST', '/api/orders/x/cancel', { token }))),
    ];
    expect(statuses(answers)).toEqual([404, 404, 404, 429, 429]);
    expect(fieldsOf(answers[2] as Answer)).toMatchObject({ policy: 'payments', q: 3, w: 60, r: 0 });
    for (const answer of answers.slice(3)) expectThrottled(answer, 'payments', 60);
    await system.stop();
  });
});

describe('without limits', () => {
  it('the same hammering passes', async () => {
    const system = await startSystem();
    const client = new Client(system.url);
    const sale = await client.createSale();
    const token = await client.token('ann');
    const body = { items: [{ productId: sale.products[0]?.id, quantity: 1 }] };
    const path = `/api/sales/${sale.id}/tickets`;
    const answers = await Promise.all([
      ...Array.from({ length: 50 }, () => client.call('POST', path, { token, body })),
      ...Array.from({ length: 50 }, () => client.call('GET', '/api/orders', { token })),
      ...Array.from({ length: 50 }, () => client.call('POST', '/api/orders/x/cancel', { token })),
      ...Array.from({ length: 70 }, () =>
        client.call('POST', '/api/auth/logout', { body: { refreshToken: 'unknown' } }),
      ),
    ]);
    expect(new Set(statuses(answers))).toEqual(new Set([202, 200, 404, 204]));
    expect(answers.filter(({ headers }) => headers.has('ratelimit'))).toEqual([]);
    expect(await system.redis.keys('fairline:{0}:requests:*')).toEqual([]);
    await system.stop();
  });
});

describe('the count of refusals', () => {
  const limit = { name: 'polls_buyer', quota: 1, remaining: 0, resetSeconds: 1 } as const;

  it('outlasts an outage of Redis and fails nothing meanwhile', async () => {
    let proxy: TcpProxy | undefined;
    const system = await startSystem({
      wrapRedis: async (url) => {
        proxy = await proxyTo(new URL(url));
        return proxy.url;
      },
    });
    const redis = connectRedis(proxy?.url ?? '', 'request', silent);
    await new Promise((resolve) => redis.once('ready', resolve));
    const throttled = new Throttled({ redis, log: silent });
    throttled.count(limit);
    expect(await throttled.total()).toBe(1);
    const closed = new Promise((resolve) => redis.once('close', resolve));
    proxy?.setAway(true);
    await closed;
    throttled.count(limit);
    throttled.count({ ...limit, name: 'tickets_buyer', sale: 's-1' });
    expect(await throttled.total()).toBe(3);
    expect(await throttled.total('s-1')).toBe(1);
    const again = new Promise((resolve) => redis.once('ready', resolve));
    proxy?.setAway(false);
    await again;
    await throttled.stop();
    const other = new Throttled({ redis: system.redis, log: silent });
    expect(await other.total()).toBe(3);
    redis.disconnect();
    await system.stop();
    proxy?.close();
  });
});
