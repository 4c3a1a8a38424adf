import { sql } from 'kysely';
import type { Db } from '../../src/db/client.ts';
import type { StripeStandIn } from '../../stand-in/stripe/stand-in.ts';

/**
 * Checks the money (I8), by what Stripe has and what is recorded: every captured payment is the one
 * payment of a paid order or was returned in exactly one refund; Stripe's balance is the total of
 * the paid orders; an order has one PaymentIntent (except returned ones, and those that a test
 * made, `metadata.by`).
 */
export async function checkMoney(db: Db, stripe: StripeStandIn): Promise<string[]> {
  const broken: string[] = [];
  const { rows } = await sql<{ id: string; status: string; amount: number; paying: string[] }>`
    select orders.id, orders.status, orders.amount,
      coalesce(array_agg(payments.id) filter (where outcome in ('paid', 'retaken')), '{}') as paying
    from orders left join payments on order_id = orders.id group by orders.id`.execute(db);
  const orders = new Map(rows.map((row) => [row.id, row]));
  const payingOf = (orderId: string | undefined) => orders.get(orderId ?? '')?.paying ?? [];

  const asked = new Map<string, number>();
  for (const { id, metadata, status } of stripe.intents()) {
    const orderId = metadata['orderId'];
    if (orderId === undefined || metadata['by'] === 'test' || status === 'canceled') continue;
    if (stripe.refunds().some((refund) => refund.payment_intent === id)) continue;
    asked.set(orderId, (asked.get(orderId) ?? 0) + 1);
  }
  for (const [order, intents] of asked) {
    if (intents > 1) broken.push(`I8: order ${order} has ${intents} PaymentIntents`);
  }

  for (const intent of stripe.intents()) {
    const orderId = intent.metadata['orderId'];
    const order = orders.get(orderId ?? '');
    if (intent.status !== 'succeeded' || order === undefined) continue;
    const refunds = stripe.refunds().filter((refund) => refund.payment_intent === intent.id);
    const made = refunds.filter(({ status }) => status !== 'failed' && status !== 'canceled');
    const isPaying = order.status === 'paid' && payingOf(orderId).includes(intent.id);
    const where = `payment ${intent.id} of order ${order.id}, ${order.status}`;
    const returned = made.reduce((sum, { amount }) => sum + amount, 0);
    const ours = made.filter(({ metadata }) => metadata?.['orderId'] !== undefined);
    if (isPaying && made.length > 0) broken.push(`I8: ${where}, was given back`);
    if (!isPaying && returned !== intent.amount) broken.push(`I8: ${where}, is stranded`);
    if (ours.length > 1) broken.push(`I8: ${where}, was given back ${ours.length} times`);
  }

  const captured = new Set(
    stripe.intents().flatMap(({ id, status }) => (status === 'succeeded' ? [id] : [])),
  );
  for (const { id, status, amount, paying } of rows) {
    if (status !== 'paid' || amount === 0) continue; // what is free is confirmed
    const real = paying.filter((payment) => captured.has(payment));
    if (real.length !== 1) broken.push(`I8: order ${id} is paid by ${real.length} payments`);
  }
  const sold = rows.reduce((sum, { status, amount }) => sum + (status === 'paid' ? amount : 0), 0);
  const balance = stripe.balance('eur');
  if (balance !== sold) broken.push(`I8: Stripe holds ${balance}, paid orders cost ${sold}`);
  return broken;
}
