import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { applyEvent } from '../../src/payments/events.ts';
import { reconcileRecent } from '../../src/payments/reconcile.ts';
import { checkMoney } from '../support/money.ts';
import { runCommand } from '../support/parts.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';
import { STRIPE } from '../support/system.ts';

describe('comparing with Stripe', () => {
  let system: PaymentSystem;
  let client: Payer;
  let sale: SaleView;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    system.stripe.deliveries.mode = 'held'; // no webhook ever comes
    client = new Payer(system);
    sale = await client.createSale({ stock: 500 });
  });
  afterAll(() => system.stop());

  it('finds payments and refunds without webhooks; a second run finds nothing', async () => {
    const paid = await client.holdAndPay(sale);
    const declined = await client.holdAndPay(sale, 'pm_card_chargeDeclined');
    const found = await reconcileRecent(system.deps);
    expect(found.intents).toBeGreaterThan(0);
    expect(found.events.length).toBeGreaterThan(0);
    await client.until(paid, 'paid');
    expect(await client.order(declined)).toMatchObject({ status: 'held' });

    await system.deps.stripe.refunds.create({ payment_intent: paid.paymentIntentId });
    const later = await reconcileRecent(system.deps);
    for (const id of later.events) await applyEvent(system.deps, id);
    await client.until(paid, 'refunded');
    expect(await reconcileRecent(system.deps)).toEqual({ events: [], intents: 0 });
    expect(await checkMoney(system.db, system.stripe)).toEqual([]);
  });

  it('reads every page of what Stripe lists', async () => {
    const { stripe } = system.deps;
    const who = await client.holdAndPay(sale);
    for (let i = 0; i < 120; i++) {
      await stripe.paymentIntents.create({ amount: 100, currency: 'eur' }); // newer ones, of others
    }
    await reconcileRecent(system.deps);
    await client.until(who, 'paid');
  });

  it('npm run reconcile does it at once, and fails when Stripe is away', async () => {
    const who = await client.holdAndPay(sale);
    await system.stopWorker();
    const run = (...args: string[]) =>
      runCommand('src/ops/reconcile.ts', args, {
        REDIS_URL: system.redisUrl,
        DATABASE_URL: system.databaseUrl,
        STRIPE_SECRET_KEY: STRIPE.secretKey,
        STRIPE_API_URL: system.stripeUrl,
      });
    system.stripe.faults.down = true;
    expect((await run()).code).toBe(1);
    system.stripe.faults.down = false;
    const done = await run('2');
    expect(done).toMatchObject({ code: 0 });
    expect(done.output).toContain('payments are what Stripe says');
    expect(await client.order(who)).toMatchObject({ status: 'paid' });
    expect((await run('never')).output).toContain('Usage: npm run reconcile');
    expect(await checkMoney(system.db, system.stripe)).toEqual([]);
  });
});
