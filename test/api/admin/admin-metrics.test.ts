import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MetricsView } from '../../../src/api/schemas/metrics.ts';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import type { Problem } from '../../support/client.ts';
import { endHold } from '../../support/holds.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../../support/payments.ts';

describe('units by the minute', () => {
  let system: PaymentSystem;
  let client: Payer;
  let admin: string;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    client = new Payer(system);
    admin = await client.token('seller', 'admin');
  });
  afterAll(() => system.stop());

  const metrics = async (saleId?: string) => {
    const path = saleId === undefined ? '/api/admin/metrics' : `/api/admin/sales/${saleId}/metrics`;
    return (await client.call<MetricsView & Problem>('GET', path, { token: admin })).body;
  };
  const counted = async (saleId?: string) =>
    (await metrics(saleId)).perMinute.filter(({ sold, expired }) => sold > 0 || expired > 0);
  const minutesAgo = (saleId: string, minutes: number, cause: string) =>
    sql`update inventory_ledger
      set at = date_trunc('minute', clock_timestamp()) - ${minutes} * interval '1 minute'
      where cause = ${cause} and product_id in (
        select id from products where sale_id = ${saleId})`.execute(system.owner);
  const expired = async (sale: SaleView, quantity: number) => {
    const holder = await client.hold(sale, quantity);
    await endHold(system, holder.orderId);
    await client.until(holder, 'expired');
  };

  it('are sixty, this minute last, zeros included', async () => {
    const sale = await client.createSale();
    const { perMinute } = await metrics(sale.id);
    expect(perMinute).toHaveLength(60);
    const times = perMinute.map(({ minute }) => Date.parse(minute));
    expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index * 60_000));
    expect(Date.now() - (times.at(-1) ?? 0)).toBeGreaterThanOrEqual(0);
    expect(Date.now() - (times.at(-1) ?? 0)).toBeLessThan(600_000);
    expect(perMinute.every((one) => one.sold === 0 && one.expired === 0)).toBe(true);
  });

  it('tell sold from expired, in the minute of the commit, by sale and in all', async () => {
    const sale = await client.createSale({ stock: 10 });
    await expired(sale, 2);
    // Again where the minute ended between the two.
    const oldest = async () => {
      await minutesAgo(sale.id, 59, 'expired');
      return (await metrics(sale.id)).perMinute[0];
    };
    await expect.poll(oldest).toMatchObject({ sold: 0, expired: 2 });
    await minutesAgo(sale.id, 40, 'expired');

    const long = await client.createSale({ stock: 10 });
    const holder = await client.hold(long, 2);
    await client.confirm(await client.payment(holder.orderId, holder.token));
    await client.until(holder, 'paid');
    expect(await counted(long.id)).toMatchObject([{ sold: 2, expired: 0 }]);
    await minutesAgo(long.id, 30, 'paid');
    await client.call('POST', `/api/admin/orders/${holder.orderId}/refund`, {
      token: admin,
      body: {},
    });
    expect(await counted(long.id)).toMatchObject([{ sold: 2, expired: 0 }]); // it was sold then
    expect((await counted()).map((one) => [one.sold, one.expired])).toEqual([
      [0, 2],
      [2, 0],
    ]);
    await minutesAgo(sale.id, 60, 'expired');
    expect(await counted(sale.id)).toEqual([]);
  });

  it('keep both of an order that expired and whose late payment was honoured', async () => {
    const sale = await client.createSale({ stock: 10 });
    const holder = await client.hold(sale, 1);
    const payment = await client.payment(holder.orderId, holder.token);
    system.stripe.faults.down = true; // for us, not for the buyer
    await endHold(system, holder.orderId);
    await client.until(holder, 'expired');
    expect(await client.confirm(payment)).toBe('succeeded');
    system.stripe.faults.down = false;
    await client.until(holder, 'paid');
    const all = await counted(sale.id);
    expect(all.reduce((sum, one) => sum + one.sold, 0)).toBe(1);
    expect(all.reduce((sum, one) => sum + one.expired, 0)).toBe(1);
  });

  it('are for admins, of a sale that is there', async () => {
    expect(await metrics('nowhere')).toMatchObject({ status: 404, code: 'sale_not_found' });
    const token = await client.token('ann');
    for (const path of ['/api/admin/metrics', '/api/admin/sales/x/metrics']) {
      expect((await client.call('GET', path, { token })).status).toBe(403);
      expect((await client.call('GET', path)).status).toBe(401);
    }
  });
});
