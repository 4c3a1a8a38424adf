import { z } from 'zod';
import { findFreePort } from '../../demo/free-port.ts';
import type { Db } from '../../src/db/client.ts';
import { serveStandIn } from '../../stand-in/stripe/serve.ts';
import { StripeStandIn } from '../../stand-in/stripe/stand-in.ts';
import { sendEach } from '../load/send-each.ts';
import { pollTickets, takeTickets } from '../load/take.ts';
import { makeTokens } from '../load/tokens.ts';
import type { BenchContext } from '../support/context.ts';
import { withEngines } from '../support/engines.ts';
import { percentile } from '../support/percentile.ts';
import { format } from '../support/report.ts';
import { type BenchSale, createSale, makeBuyers, openDb } from '../support/sale.ts';
import { type BenchSystem, openSystem, waitForLine } from '../support/system.ts';
import { assertDecided } from '../support/verify.ts';

const BUYERS = 20_000;
const WITHIN_SECONDS = 2;
const UNITS = 500;
const LOOK_MS = 50;

const WEBHOOK_SECRET = 'whsec_benchmark';
const STRIPE = {
  STRIPE_SECRET_KEY: 'sk_test_benchmark',
  STRIPE_PUBLISHABLE_KEY: 'pk_test_benchmark',
  STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
};

/**
 * Twenty thousand buyers come within two seconds for 500 units, through one API process and one
 * worker; all learn how it was decided, and the winners pay, at the stand-in for Stripe.
 */
export async function benchSpike(context: BenchContext): Promise<void> {
  await withEngines(context, async (engines) => {
    await using cleanup = context.newCleanup();
    const system = openSystem(context, cleanup, engines);
    const db = openDb(cleanup, engines.postgres.url);
    const sale = await createSale(db, UNITS);
    await Promise.race([runSpike(context, cleanup, { system, db, sale }), system.failed]);
  });
}

async function runSpike(
  context: BenchContext,
  cleanup: AsyncDisposableStack,
  { system, db, sale }: { system: BenchSystem; db: Db; sale: BenchSale },
): Promise<void> {
  const port = await findFreePort();
  const webhookUrl = `http://127.0.0.1:${port}/api/webhooks/stripe`;
  const standIn = new StripeStandIn({ webhookSecret: WEBHOOK_SECRET, webhookUrl });
  const stripe = await serveStandIn(standIn, 0);
  cleanup.defer(() => stripe.stop());
  const env = { ...STRIPE, STRIPE_API_URL: stripe.url };
  const { url } = await system.startApi({ ...env, PORT: String(port) });
  system.startWorker(env);
  await waitForLine(context, url);

  const tokens = makeTokens(system.secret, makeBuyers(BUYERS));
  const startMs = performance.now();
  const perSecond = BUYERS / WITHIN_SECONDS;
  const tickets = await takeTickets(url, sale, tokens, { connections: 1_000, perSecond });
  const acceptedMs = performance.now() - startMs;
  const decided = await pollTickets(url, tickets, { connections: 1_000 });
  const decidedMs = performance.now() - startMs;
  const winners = decided.flatMap(({ status, order }, i) =>
    status === 'held' && order ? [{ order: order.id, token: tickets[i]?.token ?? '' }] : [],
  );
  if (winners.length !== UNITS) throw new Error(`${winners.length} of ${UNITS} units were held`);

  await assertDecided(db, sale, BUYERS);

  const payingMs = performance.now();
  await payOrders({ url, stripeUrl: stripe.url }, winners);
  await waitUntilPaid(db, sale, context.signal);
  const paidMs = performance.now() - payingMs;

  const accept = tickets.map(({ tookMs }) => tookMs);
  const p = (percent: number) => format(percentile(accept, percent));
  context.record({
    acceptedMs,
    decidedMs,
    paidMs,
    acceptP50: percentile(accept, 50),
    acceptP99: percentile(accept, 99),
  });
  context.print(
    `${format(BUYERS)} buyers for ${UNITS} units: all accepted after ${format(acceptedMs)} ms ` +
      `(each within ${p(50)} ms in the median, ${p(99)} ms at p99), all told how it was decided ` +
      `after ${format(decidedMs)} ms`,
  );
  context.print(`${UNITS} orders paid, confirmed by webhook: ${format(paidMs)} ms`);
}

const paymentSchema = z.object({ paymentIntentId: z.string(), clientSecret: z.string() });

/** Creates the payments, and confirms them as browsers do. */
async function payOrders(
  { url, stripeUrl }: { url: string; stripeUrl: string },
  orders: readonly { readonly order: string; readonly token: string }[],
): Promise<void> {
  const answers = await sendEach(
    url,
    orders.map(({ order, token }) => ({
      method: 'POST',
      path: `/api/orders/${order}/payment`,
      token,
    })),
    { connections: 50, status: 200 },
  );
  const payments = answers.map(({ body }) => paymentSchema.parse(JSON.parse(body)));
  await sendEach(
    stripeUrl,
    payments.map(({ paymentIntentId, clientSecret }) => ({
      method: 'POST',
      path: `/v1/payment_intents/${paymentIntentId}/confirm`,
      contentType: 'application/x-www-form-urlencoded',
      body: new URLSearchParams({
        key: STRIPE.STRIPE_PUBLISHABLE_KEY,
        client_secret: clientSecret,
        payment_method: 'pm_card_visa',
      }).toString(),
    })),
    { connections: 50, status: 200 },
  );
}

async function waitUntilPaid(db: Db, sale: BenchSale, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const { paid } = await db
      .selectFrom('orders')
      .select((eb) => eb.fn.countAll<number>().as('paid'))
      .where('sale_id', '=', sale.id)
      .where('status', '=', 'paid')
      .executeTakeFirstOrThrow();
    if (Number(paid) === sale.stock) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
