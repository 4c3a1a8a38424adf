import DataLoader from 'dataloader';
import type { Db } from '../../db/client.ts';
import { findOrders, type OrderRecord } from '../../db/orders.ts';
import { DomainError } from '../../domain/errors.ts';

/** Orders of one query at most. */
const ORDERS_MAX = 100;

/**
 * Reads the orders of tickets for those who poll them: what is asked for in one turn of the event
 * loop shares its queries, which begin after the last of it was asked for.
 */
export class TicketOrders {
  readonly #loader: DataLoader<string, OrderRecord | undefined>;

  constructor(db: Db) {
    this.#loader = new DataLoader((tickets) => readOrders(db, tickets), {
      cache: false,
      maxBatchSize: ORDERS_MAX,
      batchScheduleFn: setImmediate,
    });
  }

  /**
   * The order of a buyer's ticket, by the identity of the ticket.
   *
   * @throws DomainError order_not_found
   */
  async require(buyer: string, ticket: string): Promise<OrderRecord> {
    const order = await this.#loader.load(ticket);
    if (order?.buyer_id !== buyer) throw new DomainError('order_not_found');
    return order;
  }
}

async function readOrders(db: Db, tickets: readonly string[]) {
  const identities = [...new Set(tickets)];
  const orders = await findOrders(db, { identities }, identities.length);
  const byTicket = new Map(orders.map((order) => [order.ticket_id, order]));
  return tickets.map((ticket) => byTicket.get(ticket));
}
