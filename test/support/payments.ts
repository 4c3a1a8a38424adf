import { vi } from 'vitest';
import type { OrderView } from '../../src/api/schemas/order.ts';
import type { PaymentView } from '../../src/api/schemas/payment.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { PaymentDeps } from '../../src/payments/deps.ts';
import { connectStripe } from '../../src/payments/stripe.ts';
import { type LineWorker, startLineWorker } from '../../src/workers/line.ts';
import { serveStandIn } from '../../stand-in/stripe/serve.ts';
import { StripeStandIn } from '../../stand-in/stripe/stand-in.ts';
import { type Answer, Client, type Problem } from './client.ts';
import { silent } from './database.ts';
import { STRIPE, type SystemOptions, startSystem, type TestSystem } from './system.ts';

/** A system with a Stripe stand-in of its own, whose webhooks the test sends or drops. */
export interface PaymentSystem extends TestSystem {
  readonly stripe: StripeStandIn;
  readonly stripeUrl: string;
  /** The dependencies of the functions in src/payments. */
  readonly deps: PaymentDeps;
}

/** Starts a system with a Stripe stand-in; the test starts its worker. */
export async function startPaymentSystem(options: SystemOptions = {}): Promise<PaymentSystem> {
  const started: { stripe: StripeStandIn; url: string; stop(): Promise<void> }[] = [];
  const system = await startSystem({
    ...options,
    async startStripe(webhookUrl) {
      const { webhookSecret } = STRIPE;
      const stripe = new StripeStandIn({ webhookSecret, webhookUrl });
      const served = await serveStandIn(stripe, 0);
      started.push({ stripe, ...served });
      return served.url;
    },
  });
  const [standIn] = started;
  if (standIn === undefined) throw new Error('the system was started without a Stripe');
  const { db, shards } = system;
  const { stripe, url: stripeUrl } = standIn;
  return {
    ...system,
    stripe,
    stripeUrl,
    deps: {
      db,
      shards,
      log: silent,
      stripe: connectStripe(STRIPE.secretKey, { apiUrl: stripeUrl, retries: 0 }),
    },
    async stop() {
      await standIn.stop();
      await system.stop();
    },
  };
}

/** Runs only the line of a system: payments and expiries are left to the test. */
export async function startLine({ redis, shards }: PaymentSystem): Promise<LineWorker> {
  const shard = shards.at(0);
  await shard.check();
  return startLineWorker(redis, silent, { redis, shard, log: silent, lookahead: 16 });
}

/** A buyer whose order is, or was, held. */
export interface Holder {
  readonly token: string;
  readonly orderId: string;
  readonly ticketId: string;
}

let holders = 0;

/** A paying buyer: makes the calls of a browser. */
export class Payer extends Client {
  readonly #system: Pick<PaymentSystem, 'url' | 'stripeUrl' | 'until'>;

  constructor(system: Pick<PaymentSystem, 'url' | 'stripeUrl' | 'until'>) {
    super(system.url);
    this.#system = system;
  }

  /** A new buyer with a held order. */
  async hold(sale: SaleView, quantity = 1, email?: string): Promise<Holder> {
    const token = await this.token(`holder-${++holders}`, 'buyer', email);
    const { order, ticketId } = await this.buy(sale, token, { quantities: [quantity] });
    if (order === undefined) throw new Error('nothing is held');
    return { token, orderId: order.id, ticketId };
  }

  /** The same with a confirmed payment. */
  async holdAndPay(
    sale: SaleView,
    method = 'pm_card_visa',
    email?: string,
  ): Promise<Holder & PaymentView> {
    const holder = await this.hold(sale, 1, email);
    const payment = await this.payment(holder.orderId, holder.token);
    await this.confirm(payment, method);
    return { ...holder, ...payment };
  }

  async order({ orderId, token }: Pick<Holder, 'orderId' | 'token'>): Promise<OrderView> {
    return (await this.call<OrderView>('GET', `/api/orders/${orderId}`, { token })).body;
  }

  /** Waits until an order has a status: every status change is an entry of the line. */
  async until(holder: Pick<Holder, 'orderId' | 'token'>, status: string): Promise<OrderView> {
    await this.#system.until(async () => (await this.order(holder)).status === status);
    return this.order(holder);
  }

  /** Waits until the last payment of an order has a status; refunds publish no event. */
  async untilPayment(
    holder: Pick<Holder, 'orderId' | 'token'>,
    status: string,
  ): Promise<OrderView> {
    return vi.waitUntil(
      async () => {
        const order = await this.order(holder);
        return order.payments?.at(-1)?.status === status ? order : undefined;
      },
      { timeout: 120_000, interval: 20 },
    );
  }

  request(orderId: string, token: string): Promise<Answer<PaymentView & Problem>> {
    return this.call('POST', `/api/orders/${orderId}/payment`, { token });
  }

  /** Requests the payment of a payable order. */
  async payment(orderId: string, token: string): Promise<PaymentView> {
    const answer = await this.request(orderId, token);
    if (answer.status !== 200) throw new Error(`no payment: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /**
   * Confirms a payment with the publishable key, as Stripe.js does. Returns its status at Stripe,
   * or the error code.
   */
  async confirm(
    payment: Pick<PaymentView, 'paymentIntentId' | 'clientSecret'>,
    method = 'pm_card_visa',
  ): Promise<string> {
    const response = await fetch(
      `${this.#system.stripeUrl}/v1/payment_intents/${payment.paymentIntentId}/confirm`,
      {
        method: 'POST',
        body: new URLSearchParams({
          key: STRIPE.publishableKey,
          client_secret: payment.clientSecret,
          payment_method: method,
        }),
      },
    );
    const body = (await response.json()) as { status?: string; error?: { code?: string } };
    return body.status ?? body.error?.code ?? 'no answer';
  }
}
