import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../support/client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

describe('ticket requests that are refused before the line', () => {
  let system: TestSystem;
  let client: Client;
  beforeAll(async () => {
    system = await startSystem({ limits: { polls_buyer: 3, tickets_buyer: 2 } });
    client = new Client(system.url);
  });
  afterAll(() => system.stop());

  const take = async (saleId: string, buyer: string, items: unknown = []) =>
    client.call('POST', `/api/sales/${saleId}/tickets`, {
      token: await client.token(buyer),
      body: { items },
    });
  const codes = async (send: () => Promise<{ body: unknown }>) => {
    const found = [];
    for (let i = 0; i < 5; i++) found.push(((await send()).body as { code: string }).code);
    return found;
  };

  it.each([
    ['of no sale', 'sale_not_found', () => crypto.randomUUID()],
    ['of what is no id', 'sale_not_found', () => 'nowhere'],
  ])('count: %s', async (buyer, code, saleId) => {
    const found = await codes(() => take(saleId(), buyer, [{ productId: 'x', quantity: 1 }]));
    expect(found.slice(0, 3)).toEqual([code, code, code]);
    expect(found[4]).toBe('too_many_requests');
  });

  it('count: of a sale that is over, of no product, and with a broken body', async () => {
    const sale = await client.createSale();
    const past = new Date(Date.now() - 1_000);
    const over = await client.createSale({ endsAt: past, startsAt: new Date(0) });
    const item = { productId: sale.products[0]?.id, quantity: 1 };
    for (const [buyer, code, send] of [
      [
        'late',
        'sale_closed',
        () => take(over.id, 'late', [{ ...item, productId: over.products[0]?.id }]),
      ],
      ['odd', 'unknown_product', () => take(sale.id, 'odd', [{ ...item, productId: 'x' }])],
      ['broken', 'validation_failed', () => take(sale.id, 'broken', 'nothing')],
    ] as const) {
      const found = await codes(send);
      expect(found[0], buyer).toBe(code);
      expect(found[4], buyer).toBe('too_many_requests');
    }
  });

  it('are told when to try again, and by which limit', async () => {
    let answer = await take('nowhere', 'told');
    while (answer.status !== 429) answer = await take('nowhere', 'told');
    expect(answer.headers.get('ratelimit-policy')).toBe('"polls";q=3;w=1');
    expect(answer.headers.get('retry-after')).toBe('1');
  });

  it('stop nobody else, and do not count where the line itself has refused', async () => {
    const sale = await client.createSale();
    const items = [{ productId: sale.products[0]?.id, quantity: 1 }];
    for (let i = 0; i < 5; i++) await take('nowhere', 'one');
    expect((await take(sale.id, 'another', items)).status).toBe(202);
    const statuses = [];
    const policies = [];
    for (let i = 0; i < 6; i++) {
      const answer = await take(sale.id, 'keen', items);
      statuses.push(answer.status);
      policies.push(answer.headers.get('ratelimit-policy'));
    }
    expect(statuses).toEqual([202, 202, 429, 429, 429, 429]);
    expect(new Set(policies)).toEqual(new Set(['"tickets";q=2;w=60']));
  });
});
