import type Stripe from 'stripe';
import { findPaymentOrder } from '../db/orders.ts';
import { hurryRequest } from '../db/payment-requests.ts';
import { findPayment, notePayment } from '../db/payments.ts';
import { pay } from '../redis/scripts/pay.ts';
import type { PaymentDeps } from './deps.ts';
import { NotYet } from './not-yet.ts';

/**
 * How a PaymentIntent was handled. `settled`: it is captured, and its outcome is recorded; `noted`:
 * it is not captured (yet); `foreign`: it belongs to no order of ours.
 */
export type Followed = 'settled' | 'noted' | 'foreign';

/**
 * Applies the state of a PaymentIntent at Stripe. A captured one is settled once, by lua/pay.lua,
 * and that is recorded when this returns (I8).
 *
 * @param intent from a verified event, or retrieved from Stripe
 * @throws NotYet, or an outage of Redis or Postgres: retry
 */
export async function followIntent(
  { db, shards, log }: Omit<PaymentDeps, 'stripe'>,
  intent: Stripe.PaymentIntent,
): Promise<Followed> {
  const { id: payment, status, currency } = intent;
  // What was captured is what can be refunded, whatever the amount was before.
  const amount = status === 'succeeded' ? intent.amount_received : intent.amount;
  const known = await findPayment(db, payment);
  // A PaymentIntent of ours belongs to the order it was created for, whatever its metadata is
  // edited to.
  const orderId = known?.order_id ?? intent.metadata?.['orderId'];
  const order = orderId === undefined ? undefined : await findPaymentOrder(db, orderId);
  if (order === undefined) {
    log.info({ payment, orderId }, 'a payment that belongs to no order of ours');
    return 'foreign';
  }
  await notePayment(db, { id: payment, order_id: order.id, status, amount, currency });
  if (known === undefined && (await findPayment(db, payment))?.order_id !== order.id) {
    throw new NotYet(`payment ${payment} was noted for another order meanwhile`);
  }
  if (status !== 'succeeded') {
    if (status !== 'processing') await hurryRequest(db, order.id);
    return 'noted';
  }

  // What is recorded is settled for good: an archived sale need not come back for a repeated event.
  if (known?.outcome != null) return 'settled';

  const matches = amount === order.amount && currency === order.currency;
  const { shard, sale_id: sale, ticket_ref: ref, buyer_id: buyer } = order;
  const reply = await shards.at(shard).change(pay, { sale, ref, buyer, payment, matches });
  if (reply.status === 'OFFERING')
    throw new NotYet(`the units of order ${order.id} are being offered`);
  const outcome = (await findPayment(db, payment))?.outcome;
  if (outcome == null) throw new NotYet(`the outcome of payment ${payment} is not recorded yet`);
  if (reply.status === 'DONE') {
    const level = outcome === 'paid' ? 'info' : 'warn';
    log[level]({ payment, order: order.id, outcome }, 'payment settled');
  }
  return 'settled';
}
