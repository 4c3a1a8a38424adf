import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Answer, Client } from '../../support/client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const from = (ip: string) => ({ 'x-forwarded-for': ip });

describe('requests that stay open', () => {
  let system: TestSystem;
  let client: Client;
  beforeAll(async () => {
    const open = { streams: { total: 3, perIp: 2 }, longPolls: { total: 3, perIp: 1 } };
    system = await startSystem({ open });
    client = new Client(system.url);
  });
  afterAll(() => system.stop());

  /** Opens a stream; its answer has begun. */
  const watch = async (saleId: string, ip: string, method = 'GET') => {
    const control = new AbortController();
    const response = await fetch(`${system.url}/api/sales/${saleId}/events`, {
      method,
      headers: from(ip),
      signal: control.signal,
    });
    onTestFinished(() => control.abort());
    return { response, end: () => control.abort() };
  };
  const expectRefused = async (response: Response, status: number, code: string) => {
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ code });
  };

  it('are streams: so many of an IP, and of the process', async () => {
    const { id } = await client.createSale();
    for (let i = 0; i < 5; i++) await watch(id, '192.0.2.1', 'HEAD'); // has no stream
    const streams = [await watch(id, '192.0.2.1'), await watch(id, '192.0.2.1')];
    expect(streams.map(({ response }) => response.status)).toEqual([200, 200]);
    await expectRefused((await watch(id, '192.0.2.1')).response, 429, 'too_many_requests');
    expect((await watch(id, '192.0.2.2')).response.status).toBe(200);
    await expectRefused((await watch(id, '192.0.2.3')).response, 503, 'unavailable');
    streams[0]?.end();
    await expect.poll(async () => (await watch(id, '192.0.2.3')).response.status).toBe(200);
  });

  it('are long polls: so many of an IP, and one of a ticket, the last', async () => {
    const sale = await client.createSale({ stock: 2 });
    const token = await client.token('ann');
    const [first, second] = [await client.take(sale, token), await client.take(sale, token)];
    const poll = (ticket: typeof first, ip: string) =>
      client.call<{ status: string }>('GET', `/api/tickets/${ticket.body.ticketId}?wait=25`, {
        token,
        headers: from(ip),
      });
    // No worker decides: only what waits is counted.
    const polls = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((ip) => poll(first, ip));
    const over: Answer<{ status: string }>[] = [];
    for (const one of polls) void one.then((answer) => over.push(answer));
    await expect.poll(() => over.length).toBe(2);
    expect(over.map(({ body }) => body.status)).toEqual(['queued', 'queued']);
    // One of the three waits. Of another ticket one more may, and not two of one IP.
    const more = [poll(second, '192.0.2.4'), poll(second, '192.0.2.4')];
    const refused = await Promise.race(more);
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    system.startWorker();
    const statuses = (await Promise.all([...polls, ...more])).map(({ body }) => body.status);
    expect(statuses.toSorted()).toEqual(['held', 'queued', 'queued', 'rejected', 429].toSorted());
  });
});
