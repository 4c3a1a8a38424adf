import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { requestRefund } from '../../src/db/refund-requests.ts';
import { closeOrder } from '../../src/payments/close.ts';
import { followIntent } from '../../src/payments/follow-intent.ts';
import { refundPayment } from '../../src/payments/refund.ts';
import type { LineWorker } from '../../src/workers/line.ts';
import { checkDatabase } from '../support/checker.ts';
import { checkMoney } from '../support/money.ts';
import { Payer, type PaymentSystem, startLine, startPaymentSystem } from '../support/payments.ts';
import { copyOf } from '../support/redis-copy.ts';

/**
 * Redis comes back older than it was right before a script runs: the number that its entry gets is
 * in the log already, for something else. That must not be taken for its own result.
 */
describe('a script that runs in a Redis that came back older (I8, I9)', () => {
  let system: PaymentSystem;
  let client: Payer;
  let sale: SaleView;
  let line: LineWorker;
  beforeAll(async () => {
    system = await startPaymentSystem();
    client = new Payer(system);
  });
  beforeEach(async () => {
    line = await startLine(system);
    sale = await client.createSale({ stock: 50 });
  });
  afterAll(() => system.stop());

  /** Redis as it is now comes back after the log went on; no worker notices. */
  const comeBackOlder = async () => {
    const restore = await copyOf(system.redis);
    for (let i = 0; i < 5; i++) await client.hold(sale);
    await line.close();
    await restore();
  };
  const expectAllWell = async () => {
    expect(await checkMoney(system.db, system.stripe)).toEqual([]);
    expect(await checkDatabase(system.db)).toEqual([]);
  };

  it('a payment is settled', async () => {
    system.stripe.deliveries.mode = 'held';
    const who = await client.holdAndPay(sale);
    await comeBackOlder();
    const { stripe } = system.deps;
    await followIntent(system.deps, await stripe.paymentIntents.retrieve(who.paymentIntentId));
    expect(await client.order(who)).toMatchObject({ status: 'paid' });
    await expectAllWell();
  });

  it('a refunded order is refunded', async () => {
    const who = await client.holdAndPay(sale);
    const { stripe } = system.deps;
    await followIntent(system.deps, await stripe.paymentIntents.retrieve(who.paymentIntentId));
    const payment = who.paymentIntentId;
    await requestRefund(system.db, { payment, reason: 'requested', restock: true });
    await comeBackOlder();
    await refundPayment(system.deps, payment);
    expect(await client.order(who)).toMatchObject({ status: 'refunded' });
    await expectAllWell();
  });

  it('a hold that ended has ended', async () => {
    const who = await client.hold(sale);
    await client.payment(who.orderId, who.token);
    await comeBackOlder();
    await sql`
      update orders set hold_expires_at = now() - interval '1 second'
      where id = ${who.orderId}`.execute(system.db);
    expect(await closeOrder(system.deps, who.orderId, 0)).toBe('closed');
    expect(await client.order(who)).toMatchObject({ status: 'expired' });
    await expectAllWell();
  });
});
