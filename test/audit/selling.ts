import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { archive } from '../../src/redis/scripts/archive.ts';
import { endHold } from '../support/holds.ts';
import { type Holder, Payer, type PaymentSystem } from '../support/payments.ts';

const PATIENT = { timeout: 120_000, interval: 20 };

/** A sale to which everything has happened that can happen to one, and some of its tickets. */
export interface FullSale {
  readonly sale: SaleView;
  /** Its order is paid, one of two units went back. */
  readonly ann: Holder & { readonly paymentIntentId: string };
  /** Paid after its hold had expired. */
  readonly dot: Holder;
  /** It waited, was offered units, and let them expire. */
  readonly gil: Taken;
  /** It waited and left. */
  readonly hal: Taken;
  /** It waited until the sale was closed. */
  readonly late: Taken;
  /** Ann's, for more than the limit allows. */
  readonly limited: Taken;
  /** Of somebody who held units already. */
  readonly second: Taken;
  /** It repeats an attempt with its key. */
  readonly repeat: Taken;
}

interface Taken {
  readonly ticketId: string;
}

/**
 * Plays a sale with a waitlist, offers, a late payment, refunds of a part and of all, a free order,
 * restocks, edits, duplicates and limits, and closes it.
 */
export async function playSale(system: PaymentSystem): Promise<FullSale> {
  const client = new Payer(system);
  const admin = await client.token('seller', 'admin');
  const sale = await client.createSale({
    ...{ name: 'Everything', perBuyerLimit: 3, waitlist: true },
    products: [{ stock: 4 }, { stock: 2, amount: 0 }],
  });
  const call = async (method: string, path: string, body?: object, token = admin) => {
    const headers = { 'idempotency-key': randomUUID() };
    const answer = await client.call(method, path, { token, headers, ...(body && { body }) });
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  };
  const wait = async (name: string) => {
    const token = await client.token(`${name}-${sale.id}`);
    const { ticketId, status } = await client.buy(sale, token);
    if (status !== 'waitlisted') throw new Error(`${name} is ${status}`);
    return { token, ticketId };
  };

  const dot = await payLate(system, client, sale);
  const annPaid = await client.hold(sale, 2);
  const payment = await client.payment(annPaid.orderId, annPaid.token);
  await client.confirm(payment);
  await client.until(annPaid, 'paid');
  const ann = { ...annPaid, ...payment };
  const limited = await client.buy(sale, ann.token, { quantities: [2] });
  const bob = await client.hold(sale, 1);
  const second = await client.buy(sale, bob.token);
  const free = await client.token(`free-${sale.id}`);
  const gift = await client.buy(sale, free, { quantities: [0, 1], key: 'gift' });
  const repeat = (await client.take(sale, free, { quantities: [0, 1], key: 'gift' })).body;
  await call('POST', `/api/orders/${gift.order?.id}/confirm`, undefined, free);

  const [gil, hal, ida] = [await wait('gil'), await wait('hal'), await wait('ida')];
  await call('POST', `/api/orders/${bob.orderId}/cancel`, undefined, bob.token); // offered to gil
  await call('DELETE', `/api/tickets/${hal.ticketId}`, undefined, hal.token);
  const offered = await client.poll(gil.ticketId, gil.token, 0);
  await call('PATCH', `/api/admin/sales/${sale.id}`, { perBuyerLimit: 2, name: 'All of it' });
  await endHold(system, offered.order?.id ?? ''); // offered to ida
  await client.until({ orderId: offered.order?.id ?? '', token: gil.token }, 'expired');
  const idas = await client.poll(ida.ticketId, ida.token, 0);
  await call('POST', `/api/orders/${idas.order?.id}/cancel`, undefined, ida.token);
  await call('POST', `/api/admin/products/${sale.products[0]?.id}/restock`, { delta: -1 });
  const late = await wait('late');
  const part = { amount: 1_000, items: [{ productId: sale.products[0]?.id, quantity: 1 }] };
  await call('POST', `/api/admin/orders/${ann.orderId}/refund`, { ...part, restock: false });
  const product = { name: 'Third', amount: 500, currency: 'eur', stock: 1 };
  await call('POST', `/api/admin/sales/${sale.id}/products`, product);
  await call('POST', `/api/admin/orders/${dot.orderId}/refund`, { restock: false });
  await call('POST', `/api/admin/sales/${sale.id}/close`);
  await vi.waitUntil(
    async () => (await client.poll(late.ticketId, late.token, 0)).status === 'sold_out',
    PATIENT,
  );
  return { sale, ann, dot, gil, hal, late, limited, second, repeat };
}

/** A payment that arrives after its hold has ended, and is honoured. */
async function payLate(system: PaymentSystem, client: Payer, sale: SaleView): Promise<Holder> {
  const who = await client.hold(sale);
  const payment = await client.payment(who.orderId, who.token);
  system.stripe.faults.down = true;
  system.stripe.deliveries.mode = 'held';
  await endHold(system, who.orderId);
  await client.until(who, 'expired');
  await client.confirm(payment);
  system.stripe.faults.down = false;
  system.stripe.deliveries.release();
  await client.until(who, 'paid');
  return who;
}

/** Takes a sale out of Redis. */
export async function archiveSale({ shards }: PaymentSystem, sale: string): Promise<void> {
  const { status } = await shards.at(0).change(archive, { sale, afterJob: 0 });
  if (status !== 'ARCHIVED') throw new Error(`the sale is not archived: ${status}`);
}

/** Waits until public log, checkpoint and history have all that is recorded. */
export async function untilFollowed({ db }: PaymentSystem, sale: string): Promise<void> {
  await vi.waitUntil(async () => {
    const row = await db
      .selectFrom('public_logs')
      .innerJoin('sales', 'sales.id', 'sale_id')
      .innerJoin('history', 'history.shard', 'sales.shard')
      .select(['public_logs.seq', 'last_seq', 'size', 'checkpoint_size', 'history.seq as told'])
      .where('sale_id', '=', sale)
      .executeTakeFirst();
    if (row === undefined) return false;
    const { seq, last_seq: last, size, checkpoint_size: signed, told } = row;
    return seq === last && size === signed && told >= (last ?? 0);
  }, PATIENT);
}
