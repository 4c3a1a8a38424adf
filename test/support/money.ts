import { sql } from 'kysely';
import type { Db } from '../../src/db/client.ts';
import type { StripeStandIn } from '../../stand-in/stripe/stand-in.ts';

/** The parts of an order that the money is compared with. */
interface PaidOrder {
  readonly id: string;
  readonly status: string;
  readonly amount: number;
  readonly paying: readonly string[];
  /** Payments of which a refund ended, with its reason. */
  readonly ended: readonly string[];
}

/**
 * Checks the money (I8), by what Stripe has and what is recorded: every captured payment is the one
 * payment of a paid order, or was returned, each refund once, or its refund ended with a reason;
 * what is recorded as returned is what Stripe returned, and never more than was paid; Stripe's
 * balance is what is left of all that; an order has one PaymentIntent (except returned ones, and
 * those that a test made, `metadata.by`).
 */
export async function checkMoney(db: Db, stripe: StripeStandIn): Promise<string[]> {
  const { rows } = await sql<PaidOrder>`
    select orders.id, orders.status, orders.amount,
      coalesce(array_agg(payments.id) filter (where outcome in ('paid', 'retaken')), '{}')
        as paying,
      coalesce(array_agg(payments.id) filter (where exists (
        select from refunds where payment_id = payments.id and status = 'ended')), '{}') as ended
    from orders left join payments on order_id = orders.id group by orders.id`.execute(db);
  const orders = new Map(rows.map((row) => [row.id, row]));
  return [
    ...checkIntents(stripe),
    ...checkPayments(stripe, orders),
    ...checkPaid(stripe, rows),
    ...(await checkReturned(db, stripe)),
  ];
}

/** One PaymentIntent per order, and one refund at Stripe per refund of ours. */
function checkIntents(stripe: StripeStandIn): string[] {
  const broken: string[] = [];
  const asked = new Map<string, number>();
  for (const { id, metadata, status } of stripe.intents()) {
    const orderId = metadata['orderId'];
    if (orderId === undefined || metadata['by'] === 'test' || status === 'canceled') continue;
    if (stripe.refunds().some((refund) => refund.payment_intent === id)) continue;
    if (stripe.disputes().some((dispute) => dispute.payment_intent === id)) continue;
    asked.set(orderId, (asked.get(orderId) ?? 0) + 1);
  }
  for (const [order, intents] of asked) {
    if (intents > 1) broken.push(`I8: order ${order} has ${intents} PaymentIntents`);
  }
  const ours = Map.groupBy(stripe.refunds().filter(isMade), (one) => one.metadata?.['refundId']);
  for (const [id, made] of ours) {
    if (id !== undefined && made.length > 1) {
      broken.push(`I8: refund ${id} was made ${made.length} times`);
    }
  }
  return broken;
}

/** Every captured payment of ours is where it belongs; Stripe has what is left. */
function checkPayments(stripe: StripeStandIn, orders: ReadonlyMap<string, PaidOrder>): string[] {
  const broken: string[] = [];
  let kept = 0;
  for (const intent of stripe.intents()) {
    const order = orders.get(intent.metadata['orderId'] ?? '');
    if (intent.status !== 'succeeded' || order === undefined) continue;
    const returned = sumOf(stripe.refunds().filter(isMade), intent.id);
    const disputed = sumOf(
      stripe.disputes().filter(({ status }) => status !== 'won'),
      intent.id,
    );
    const isPaying = order.status === 'paid' && order.paying.includes(intent.id);
    const where = `payment ${intent.id} of order ${order.id}, ${order.status}`;
    if (isPaying && returned >= intent.amount) broken.push(`I8: ${where}, was given back`);
    const isEnded = order.ended.includes(intent.id);
    if (!isPaying && returned !== intent.amount && !isEnded) {
      broken.push(`I8: ${where}, is stranded`);
    }
    kept += intent.amount - returned - disputed;
  }
  const balance = stripe.balance('eur');
  if (balance !== kept) broken.push(`I8: Stripe holds ${balance}, of our orders ${kept}`);
  return broken;
}

/** A paid order has one captured payment, unless it costs nothing. */
function checkPaid(stripe: StripeStandIn, orders: readonly PaidOrder[]): string[] {
  const captured = new Set(
    stripe.intents().flatMap(({ id, status }) => (status === 'succeeded' ? [id] : [])),
  );
  return orders.flatMap(({ id, status, amount, paying }) => {
    if (status !== 'paid' || amount === 0) return []; // what is free is confirmed
    const real = paying.filter((payment) => captured.has(payment));
    return real.length === 1 ? [] : [`I8: order ${id} is paid by ${real.length} payments`];
  });
}

/** What is recorded as returned is what Stripe has returned. */
async function checkReturned(db: Db, stripe: StripeStandIn): Promise<string[]> {
  const { rows } = await sql<{ id: string; amount: number; made: number }>`
    select payments.id, payments.amount, coalesce(sum(refunds.amount) filter (
      where refunds.status in ('pending', 'succeeded')), 0)::bigint as made
    from payments left join refunds on payment_id = payments.id
    group by payments.id`.execute(db);
  return rows.flatMap(({ id, amount, made }) => {
    const atStripe = sumOf(stripe.refunds().filter(isMade), id);
    if (made > amount) return [`I8: more of payment ${id} went back than was paid`];
    return made === atStripe
      ? []
      : [`I8: of payment ${id} went back ${atStripe}, and recorded are ${made}`];
  });
}

function isMade({ status }: { readonly status: string | null }): boolean {
  return status !== 'failed' && status !== 'canceled';
}

function sumOf(
  of: readonly { readonly amount: number; readonly payment_intent: unknown }[],
  intent: string,
): number {
  return of
    .filter((one) => one.payment_intent === intent)
    .reduce((sum, { amount }) => sum + amount, 0);
}
