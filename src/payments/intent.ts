import type Stripe from 'stripe';
import type { OrderRow } from '../db/orders.ts';
import {
  findRequest,
  noteAttempt,
  type PaymentRequest,
  raiseAttempt,
} from '../db/payment-requests.ts';
import { notePayment } from '../db/payments.ts';
import type { PaymentDeps } from './deps.ts';
import { isKeySpent, isServerError } from './stripe.ts';

type OrderToPay = Pick<OrderRow, 'id' | 'sale_id' | 'amount' | 'currency'>;

/** Attempts to create it within one call, while Stripe answers with server errors. */
const TRIES_MAX = 4;

/**
 * PaymentIntents that a search reads at most. One that it misses can never be paid: no buyer has
 * its client secret.
 */
const SEARCH_MAX = 1_000;

/** Seconds that Stripe's clock may be behind ours, in a search by time. */
const SKEW_SECONDS = 300;

/**
 * The PaymentIntent of an order, created under a durable idempotency key if there is none: one per
 * order, however often and from whichever process this is called. Amount and currency are the
 * order's, its id is in the metadata.
 *
 * @param request the record that it may exist, see requestPayment
 * @throws Stripe's error when it is unavailable or refuses
 */
export async function ensureIntent(
  deps: Pick<PaymentDeps, 'stripe' | 'db'>,
  order: OrderToPay,
  request: PaymentRequest,
): Promise<Stripe.PaymentIntent> {
  const { stripe, db } = deps;
  let current = request;
  for (let tries = 1; ; tries++) {
    if (current.payment_id !== null) return stripe.paymentIntents.retrieve(current.payment_id);
    try {
      const intent = await create(stripe, order, current);
      await note(deps, order, current, intent);
      return intent;
    } catch (error) {
      if (!(isServerError(error) || isKeySpent(error)) || tries === TRIES_MAX) throw error;
      if (!isKeySpent(error)) continue; // repeating it shows whether it was created
      const intent = await findIntent(stripe, order, current);
      if (intent !== undefined) {
        await note(deps, order, current, intent);
        return intent;
      }
      await raiseAttempt(db, current);
      current = (await findRequest(db, order.id)) ?? current;
    }
  }
}

async function create(
  stripe: Stripe,
  { id, sale_id, amount, currency }: OrderToPay,
  { attempt }: PaymentRequest,
): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create(
    {
      amount,
      currency,
      automatic_payment_methods: { enabled: true },
      metadata: { orderId: id, saleId: sale_id },
    },
    { idempotencyKey: `pi:${id}:${attempt}` },
  );
}

/** Searches for a PaymentIntent of the order that a failed call may have created. */
async function findIntent(
  stripe: Stripe,
  order: OrderToPay,
  request: PaymentRequest,
): Promise<Stripe.PaymentIntent | undefined> {
  const since = Math.floor(request.created_at.getTime() / 1000) - SKEW_SECONDS;
  let seen = 0;
  for await (const intent of stripe.paymentIntents.list({ created: { gte: since }, limit: 100 })) {
    if (++seen > SEARCH_MAX) break;
    if (intent.metadata['orderId'] === order.id && intent.status !== 'canceled') return intent;
  }
  return undefined;
}

async function note(
  { db }: Pick<PaymentDeps, 'db'>,
  order: OrderToPay,
  request: PaymentRequest,
  { id, status, amount, currency }: Stripe.PaymentIntent,
): Promise<void> {
  await notePayment(db, { id, order_id: order.id, status, amount, currency });
  await noteAttempt(db, request, id);
}
