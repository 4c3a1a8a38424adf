import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findPaymentOrder } from '../../src/db/orders.ts';
import { requestPayment } from '../../src/db/payment-requests.ts';
import type { PaymentDeps } from '../../src/payments/deps.ts';
import { followIntent } from '../../src/payments/follow-intent.ts';
import { ensureIntent } from '../../src/payments/intent.ts';
import { refundPayment } from '../../src/payments/refund.ts';
import type { LineWorker } from '../../src/workers/line.ts';
import { checkDatabase } from '../support/checker.ts';
import { checkMoney } from '../support/money.ts';
import { Payer, type PaymentSystem, startLine, startPaymentSystem } from '../support/payments.ts';
import { withoutProtections } from '../support/protection.ts';

/** Each protection of the money (I8), removed: the checker must notice. */
describe('without a protection of payments the checker fails', () => {
  let system: PaymentSystem;
  let client: Payer;
  let line: LineWorker;
  beforeEach(async () => {
    system = await startPaymentSystem();
    line = await startLine(system);
    system.stripe.deliveries.mode = 'held';
    client = new Payer(system);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await line.close();
    await system.stop();
  });

  const check = async () => [
    ...(await checkMoney(system.db, system.stripe)),
    ...(await checkDatabase(system.db)),
  ];

  describe('the state of the ticket in pay.lua', () => {
    /** Two payments of one order succeed; both are settled, then what is to go back goes back. */
    const scenario = async () => {
      const sale = await client.createSale({ stock: 3 });
      const who = await client.holdAndPay(sale);
      const { stripe } = system.deps;
      const second = await stripe.paymentIntents.create({
        ...{ amount: 1_000, currency: 'eur', confirm: true, payment_method: 'pm_card_visa' },
        metadata: { orderId: who.orderId, by: 'test' },
      });
      for (const id of [who.paymentIntentId, second.id]) {
        await followIntent(system.deps, await stripe.paymentIntents.retrieve(id)).catch(
          // The projections refuse it.
          (error: Error) => expect(error.message).toContain('unavailable'),
        );
      }
      await client.until(who, 'paid');
    };
    /** Gives back what is to go back. */
    const refundAll = async () => {
      const rows = await system.db.selectFrom('refunds').select('id').execute();
      for (const { id } of rows) await refundPayment(system.deps, id);
    };

    it('without it the second payment is stranded', async () => {
      withoutProtections('pay', {
        "if redis.call('HEXISTS', KEYS[10], identity) == 1 then": 'if false then',
      });
      await scenario();
      await refundAll();
      expect(await check()).toContainEqual(expect.stringMatching(/^I8: payment .* is stranded$/));
    });

    it('with it all is well', async () => {
      await scenario();
      await refundAll();
      expect(await check()).toEqual([]);
    });
  });

  describe('durable idempotency keys', () => {
    /** Stripe makes the PaymentIntent, but answers with trouble; it is asked for again. */
    const scenario = async (deps: Pick<PaymentDeps, 'stripe' | 'db'>) => {
      const sale = await client.createSale({ stock: 3 });
      const { orderId } = await client.hold(sale);
      let faults = 1;
      system.stripe.faults.onCall = ({ method }) =>
        method === 'POST' && faults-- > 0 ? 'error-after' : 'none';
      const order = await findPaymentOrder(system.db, orderId);
      const request = await requestPayment(system.db, orderId);
      if (order === undefined || request === undefined) throw new Error('nothing is held');
      await ensureIntent(deps, order, request);
    };

    it('without them the order has two PaymentIntents', async () => {
      const { stripe } = system.deps;
      const create = stripe.paymentIntents.create.bind(stripe.paymentIntents);
      vi.spyOn(stripe.paymentIntents, 'create').mockImplementation((params) => create(params));
      await scenario(system.deps);
      expect(await check()).toContainEqual(
        expect.stringMatching(/^I8: order .* has 2 PaymentIntents$/),
      );
    });

    it('with them all is well', async () => {
      await scenario(system.deps);
      expect(await check()).toEqual([]);
    });
  });
});
