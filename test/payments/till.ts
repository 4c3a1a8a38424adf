import { sql } from 'kysely';
import type { PaymentView } from '../../src/api/schemas/payment.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { findPaymentOrder } from '../../src/db/orders.ts';
import { findRequest } from '../../src/db/payment-requests.ts';
import { listDueTasks } from '../../src/db/payment-tasks.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { releaseHold } from '../../src/line/release-hold.ts';
import type { Shard } from '../../src/line/shard.ts';
import type { PaymentDeps } from '../../src/payments/deps.ts';
import { reconcileRecent } from '../../src/payments/reconcile.ts';
import { isRefused, isStripeAway } from '../../src/payments/stripe.ts';
import { doTask } from '../../src/payments/tasks.ts';
import { archive } from '../../src/redis/scripts/archive.ts';
import { close } from '../../src/redis/scripts/close.ts';
import { NothingToDisputeError } from '../../stand-in/stripe/disputes.ts';
import type { Fault } from '../../stand-in/stripe/faults.ts';
import { type Holder, Payer, type PaymentSystem } from '../support/payments.ts';
import type { Operation } from './operations.ts';

interface Sold extends Holder {
  payment?: PaymentView;
}

/**
 * What happens at the till of one sale: does operations, and brings everything to rest at the end.
 */
export class Till {
  readonly orders: Sold[] = [];
  readonly #system: PaymentSystem;
  readonly #client: Payer;
  readonly #deps: PaymentDeps;
  readonly #sale: SaleView;
  readonly #tokens: readonly string[];
  #fault: Fault = 'none';
  #isClosed = false;

  private constructor(system: PaymentSystem, sale: SaleView, tokens: readonly string[]) {
    this.#system = system;
    this.#client = new Payer(system);
    this.#deps = system.deps;
    this.#sale = sale;
    this.#tokens = tokens;
    system.stripe.deliveries.mode = 'held';
    system.stripe.faults.onCall = ({ method, by }) => {
      if (by === 'publishable' || method !== 'POST') return 'none';
      const fault = this.#fault;
      this.#fault = 'none'; // one call each
      return fault;
    };
  }

  get saleId(): string {
    return this.#sale.id;
  }

  /** Opens a till with few units for many buyers. */
  static async open(system: PaymentSystem, buyers: number): Promise<Till> {
    const client = new Payer(system);
    const sale = await client.createSale({
      ...{ perBuyerLimit: 2, holdSeconds: 3_600, waitlist: true },
      products: [{ stock: 12 }, { stock: 4, amount: 0 }],
    });
    const names = Array.from({ length: buyers }, (_, i) => `${sale.id}-${i}`);
    return new Till(system, sale, await Promise.all(names.map((name) => client.token(name))));
  }

  /** Does one operation; what cannot be done now is refused, and says so. */
  async do(step: Operation): Promise<void> {
    switch (step.op) {
      case 'take':
        return this.#take(step);
      case 'request':
        return this.#request(this.#order(step.order));
      case 'confirm':
        return this.#confirm(this.#order(step.order), step.method);
      case 'endProcessing':
        return this.#endProcessing(this.#order(step.order), step.how);
      case 'payTwice':
        return this.#payTwice(this.#order(step.order));
      case 'expire':
        return this.#expire(this.#order(step.order));
      case 'cancel':
        return this.#call('POST', this.#order(step.order), 'orders', '/cancel');
      case 'confirmFree':
        return this.#call('POST', this.#order(step.order), 'orders', '/confirm');
      case 'refund':
        return this.#call('POST', this.#order(step.order), 'admin/orders', '/refund', {
          restock: step.restock,
          ...(step.amount === undefined ? {} : { amount: step.amount }),
          ...(step.amount === undefined || step.units === 0
            ? {}
            : { items: [{ productId: this.#sale.products[0]?.id, quantity: step.units }] }),
        });
      case 'refundAtStripe':
        return this.#refundAtStripe(this.#order(step.order), step.share);
      case 'dispute':
        return this.#dispute(this.#order(step.order));
      case 'endDispute':
        return this.#endDispute(step.how);
      case 'deliver':
        return this.#deliver(step.event, step.times);
      case 'work':
        return this.#work(step.task);
      case 'reconcile':
        return this.#reconcile();
      case 'rebuild':
        await this.#shard().rebuild({ seen: await this.#shard().epoch() });
        return;
      case 'archive':
        await this.#shard().change(archive, { sale: this.#sale.id, afterJob: 0 });
        return;
      case 'fault':
        this.#fault = step.fault;
    }
  }

  /** Closes the sale: from now on `archive` takes it out of Redis whenever nothing is held. */
  async close(): Promise<void> {
    await this.#shard().change(close, { sale: this.#sale.id, cause: 'closed' });
    this.#isClosed = true;
  }

  /**
   * Stripe is well and tells everything; all holds end; whatever is due is done, until nothing is.
   */
  async settle(): Promise<void> {
    const { stripe, db } = this.#system;
    this.#fault = 'none';
    for (const { id, status } of stripe.intents()) {
      if (status === 'processing') stripe.endProcessing(id, 'succeeded');
    }
    for (const { id, status } of stripe.disputes()) {
      if (status === 'needs_response') stripe.endDispute(id, 'lost');
    }
    for (const order of this.orders) await this.#expire(order);
    for (;;) {
      for (const { id } of stripe.deliveries.held()) await stripe.deliveries.send(id);
      await reconcileRecent(this.#deps);
      await sql`update webhook_events set next_try_at = now() where applied_at is null`.execute(db);
      await sql`update refunds set next_try_at = now() where done_at is null`.execute(db);
      await sql`
        update payment_requests set next_try_at = now() from orders
        where orders.id = order_id and closed_at is null and hold_expires_at <= now()`.execute(db);
      const tasks = await listDueTasks(db, 1_000);
      if (tasks.length === 0 && stripe.deliveries.held().length === 0) return;
      for (const task of tasks) await doTask(this.#deps, task, 0);
    }
  }

  /** Whether something is held: an offer to somebody who waited, which no operation knows. */
  async isHeld(): Promise<boolean> {
    const orders = this.#system.db.selectFrom('orders').select('id');
    const held = orders.where('sale_id', '=', this.#sale.id).where('status', '=', 'held');
    return (await held.limit(1).executeTakeFirst()) !== undefined;
  }

  async isArchived(): Promise<boolean> {
    const sales = this.#system.db.selectFrom('sales').select('archived_seq');
    const sale = await sales.where('id', '=', this.#sale.id).executeTakeFirst();
    return sale?.archived_seq != null;
  }

  #shard(): Shard {
    return this.#system.shards.at(0);
  }

  /** The n-th order from the newest one. */
  #order(n: number): Sold | undefined {
    return this.orders.at(-1 - (n % Math.max(1, this.orders.length)));
  }

  async #take({ buyer, isFree, units }: Extract<Operation, { op: 'take' }>): Promise<void> {
    if (this.#isClosed) return;
    const token = this.#tokens[buyer] ?? '';
    const quantities = isFree ? [0, units] : [units];
    const ticket = await this.#client.buy(this.#sale, token, { quantities });
    const { order, ticketId } = ticket;
    if (order !== undefined && !this.orders.some(({ orderId }) => orderId === order.id)) {
      this.orders.push({ token, orderId: order.id, ticketId });
    }
  }

  async #request(order: Sold | undefined): Promise<void> {
    if (order === undefined) return;
    const answer = await this.#client.request(order.orderId, order.token);
    if (answer.status === 200) order.payment = answer.body;
    else refusedIn([409, 503], answer.status);
  }

  async #confirm(order: Sold | undefined, method: string): Promise<void> {
    if (order?.payment !== undefined) await this.#client.confirm(order.payment, method);
  }

  #endProcessing(order: Sold | undefined, how: 'succeeded' | 'failed'): void {
    const { stripe } = this.#system;
    const intent = stripe.intents().find(({ id }) => id === order?.payment?.paymentIntentId);
    if (intent?.status === 'processing') stripe.endProcessing(intent.id, how);
  }

  async #payTwice(order: Sold | undefined): Promise<void> {
    if (order === undefined) return;
    await unlessAway(
      this.#deps.stripe.paymentIntents.create({
        ...{ amount: 1_000, currency: 'eur', confirm: true, payment_method: 'pm_card_visa' },
        metadata: { orderId: order.orderId, by: 'test' },
      }),
    );
  }

  /** A refund in Stripe's dashboard, of a part of what is left or of all of it. */
  async #refundAtStripe(order: Sold | undefined, share: number): Promise<void> {
    const payment_intent = order?.payment?.paymentIntentId;
    if (payment_intent === undefined) return;
    const amount = Math.ceil(1_000 * share);
    await unlessAway(this.#deps.stripe.refunds.create({ payment_intent, amount })).catch(
      (error: unknown) => {
        if (!isRefused(error)) throw error; // less is left, or it is not paid, or disputed
      },
    );
  }

  #dispute(order: Sold | undefined): void {
    const { stripe } = this.#system;
    const id = order?.payment?.paymentIntentId;
    const isPaid = stripe.intents().some((one) => one.id === id && one.status === 'succeeded');
    const isDisputed = stripe.disputes().some((one) => one.payment_intent === id);
    if (id === undefined || !isPaid || isDisputed) return;
    try {
      stripe.openDispute(id);
    } catch (error) {
      if (!(error instanceof NothingToDisputeError)) throw error; // all of it went back
    }
  }

  #endDispute(how: 'won' | 'lost'): void {
    const { stripe } = this.#system;
    const open = stripe.disputes().find(({ status }) => status === 'needs_response');
    if (open !== undefined) stripe.endDispute(open.id, how);
  }

  /** Expires the hold: moves its deadline into the past, and runs the sweep that ends holds. */
  async #expire(order: Sold | undefined): Promise<void> {
    if (order === undefined) return;
    const { db } = this.#system;
    const id = order.orderId;
    await sql`
      update orders set hold_expires_at = now() - interval '1 second'
      where id = ${id} and hold_expires_at > now()`.execute(db);
    await sql`
      update payment_requests set next_try_at = now()
      where order_id = ${id} and closed_at is null`.execute(db);
    const payable = await findPaymentOrder(db, id);
    if (payable?.status !== 'held') return;
    if ((await findRequest(db, id)) === undefined)
      await releaseHold(this.#deps, payable, 'expired');
    else await doTask(this.#deps, { name: 'order', id }, 0);
  }

  async #call(
    method: string,
    order: Sold | undefined,
    where: string,
    what: string,
    body?: unknown,
  ): Promise<void> {
    if (order === undefined) return;
    const token = where.startsWith('admin')
      ? await this.#client.token('seller', 'admin')
      : order.token;
    const path = `/api/${where}/${order.orderId}${what}`;
    const { status } = await this.#client.call(method, path, {
      token,
      ...(body === undefined ? {} : { body }),
    });
    refusedIn([200, 409, 422, 503], status);
  }

  async #deliver(n: number, times: number): Promise<void> {
    const { deliveries } = this.#system.stripe;
    const held = deliveries.held();
    const event = held[n % Math.max(1, held.length)];
    if (event === undefined) return;
    await Promise.all(Array.from({ length: times }, () => deliveries.send(event.id)));
  }

  async #work(n: number): Promise<void> {
    const tasks = await listDueTasks(this.#system.db, 20);
    const task = tasks[n % Math.max(1, tasks.length)];
    if (task !== undefined) await doTask(this.#deps, task, 0);
  }

  async #reconcile(): Promise<void> {
    await unlessAway(reconcileRecent(this.#deps));
  }
}

/** What a call may be answered with, and nothing else. */
function refusedIn(expected: readonly number[], status: number): void {
  if (!expected.includes(status)) throw new Error(`answered ${status}`);
}

async function unlessAway(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const isRefused = error instanceof DomainError && error.code === 'unavailable';
    if (!isStripeAway(error) && !isRefused) throw error;
  }
}
