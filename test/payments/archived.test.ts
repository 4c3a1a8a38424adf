import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { compare } from '../../src/line/reconcile.ts';
import { archive } from '../../src/redis/scripts/archive.ts';
import { close } from '../../src/redis/scripts/close.ts';
import { archiveSales } from '../../src/workers/sweeps/archive.ts';
import { kindsOf, tracesOf } from '../support/archived.ts';
import { checkDatabase } from '../support/checker.ts';
import { endHold } from '../support/holds.ts';
import { checkMoney } from '../support/money.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';

describe('money of a sale that is archived (I8)', () => {
  let system: PaymentSystem;
  let client: Payer;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    client = new Payer(system);
  });
  afterEach(async () => {
    system.stripe.faults.down = false;
    system.stripe.deliveries.release();
    await expect.poll(() => checkMoney(system.db, system.stripe)).toEqual([]);
    expect(await checkDatabase(system.db)).toEqual([]);
    await expect
      .poll(() => compare(system, system.shards.at(0), 'all'))
      .toMatchObject({ status: 'same' });
  });
  afterAll(() => system.stop());

  const shard = () => system.shards.at(0);
  const traces = ({ id }: SaleView) => tracesOf(system.redis, shard(), id);
  const closeSale = ({ id }: SaleView) => shard().change(close, { sale: id, cause: 'closed' });
  const put = async ({ id }: SaleView) => {
    const { status } = await shard().change(archive, { sale: id, afterJob: 0 });
    expect(status).toBe('ARCHIVED');
  };
  /** Paid at Stripe behind our back, while the hold ended; the sale is archived then. */
  const payBehind = async (sale: SaleView) => {
    const who = await client.hold(sale);
    const payment = await client.payment(who.orderId, who.token);
    system.stripe.faults.down = true;
    system.stripe.deliveries.mode = 'held';
    await endHold(system, who.orderId);
    await client.until(who, 'expired');
    expect(await client.confirm(payment)).toBe('succeeded');
    await closeSale(sale);
    return who;
  };
  const hearOf = () => {
    system.stripe.faults.down = false;
    system.stripe.deliveries.release();
  };

  it('a late payment brings it back, and takes its units again', async () => {
    const sale = await client.createSale({ stock: 1 });
    const who = await payBehind(sale);
    await put(sale);
    hearOf();
    expect(await client.until(who, 'paid')).toMatchObject({ status: 'paid' });
    expect((await kindsOf(system.db, sale.id)).slice(-3)).toEqual([
      'archive',
      'restore claims',
      'pay',
    ]);
  });

  it('the sweep waits for what Stripe still has to say', async () => {
    const sale = await client.createSale({ stock: 1 });
    const who = await payBehind(sale);
    const sweep = () => archiveSales({ ...system, quietMs: 0 }).run(shard(), Date.now());
    await sweep();
    expect(await traces(sale)).not.toEqual([]);
    hearOf();
    await client.until(who, 'paid');
    await expect
      .poll(async () => {
        await sweep();
        return traces(sale);
      })
      .toEqual([]);
  });

  it('an event that is sent again does not bring it back', async () => {
    const sale = await client.createSale({ stock: 1 });
    const who = await client.holdAndPay(sale);
    await client.until(who, 'paid');
    await closeSale(sale);
    await put(sale);
    await system.db.updateTable('webhook_events').set({ applied_at: null }).execute();
    const open = () =>
      system.db.selectFrom('webhook_events').select('id').where('applied_at', 'is', null).execute();
    await expect.poll(open).toEqual([]);
    expect(await traces(sale)).toEqual([]);
  });
});
