import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { Client } from '../../support/client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

describe('who has a sale is told whether it has changed', () => {
  let system: TestSystem;
  let client: Client;
  let sale: SaleView;
  beforeAll(async () => {
    system = await startSystem();
    client = new Client(system.url);
    sale = await client.createSale();
  });
  afterAll(() => system.stop());

  const read = (path: string, tag?: string) =>
    client.call<SaleView>(
      'GET',
      path,
      tag === undefined ? {} : { headers: { 'if-none-match': tag } },
    );
  const change = async (name: string) => {
    const token = await client.token('seller', 'admin');
    const path = `/api/admin/sales/${sale.id}`;
    expect((await client.call('PATCH', path, { token, body: { name } })).status).toBe(200);
  };

  it.each([
    ['a sale', () => `/api/sales/${sale.id}`],
    ['the list', () => '/api/sales'],
    ['a page of it', () => '/api/sales?limit=1'],
  ])('%s', async (name, pathOf) => {
    const first = await read(pathOf());
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^W\/"[\w-]{22}"$/);

    const same = await read(pathOf(), tag);
    expect(same.status).toBe(304);
    expect(same.body).toBe('');
    expect(same.headers.get('etag')).toBe(tag);
    expect(same.headers.get('x-content-type-options')).toBe('nosniff');
    expect(same.headers.get('x-request-id')).toMatch(/./);
    expect((await read(pathOf(), `"other", ${tag}`)).status).toBe(304);
    expect((await read(pathOf(), '"other"')).status).toBe(200);

    await change(`Changed for ${name}`);
    const changed = await read(pathOf(), tag);
    expect(changed.status).toBe(200);
    expect(JSON.stringify(changed.body)).toContain(`Changed for ${name}`);
    expect(changed.headers.get('etag')).not.toBe(tag);
  });

  it('also after the clock of the API was set back', async () => {
    const { now } = Date;
    await read('/api/sales');
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
    try {
      await system.db
        .updateTable('sales')
        .set({ name: 'Changed in an hour that came twice' })
        .execute();
      await expect
        .poll(async () => JSON.stringify((await read('/api/sales')).body))
        .toContain('Changed in an hour that came twice');
    } finally {
      clock.mockRestore();
    }
  });

  it('and sees a sale that is new at once', async () => {
    const before = await read('/api/sales');
    const made = await client.createSale({ name: 'Made just now' });
    const after = await read('/api/sales', before.headers.get('etag') ?? '');
    expect(after.status).toBe(200);
    expect(JSON.stringify(after.body)).toContain(made.id);
  });

  it('and when its phase is another', async () => {
    const startsAt = new Date(Date.now() + 1_000);
    const soon = await client.createSale({ startsAt });
    const path = `/api/sales/${soon.id}`;
    const upcoming = await read(path);
    expect(upcoming.body.phase).toBe('upcoming');
    const tag = upcoming.headers.get('etag') ?? '';
    await expect.poll(async () => (await read(path, tag)).status, { interval: 50 }).toBe(200);
    const open = await read(path);
    expect(open.body.phase).toBe('open');
    expect(Date.parse(open.body.serverTime)).toBeGreaterThanOrEqual(startsAt.getTime());
  });
});
