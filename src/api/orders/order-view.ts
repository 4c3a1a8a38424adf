import type { Db } from '../../db/client.ts';
import { listOrderDeliveries } from '../../db/deliveries.ts';
import { withBuyers } from '../../db/order-buyers.ts';
import type { OrderRecord } from '../../db/orders.ts';
import { parseRef } from '../../domain/ticket.ts';
import type { TicketSealer } from '../../line/ticket-id.ts';
import { orderData, sellerOrderData } from '../../payments/order-data.ts';
import type { AdminOrderView, OrderView } from '../schemas/order.ts';
import { showDelivery } from './delivery-view.ts';

/** An order as the API shows it. */
export function showOrder(sealer: TicketSealer, order: OrderRecord): OrderView {
  const { shard, sale_id: sale, buyer_id: buyer } = order;
  const { id, saleId, ...data } = orderData(order);
  const ticketId = sealer.seal(buyer, { shard, sale, ref: parseRef(order.ticket_ref) });
  return { id, saleId, ticketId, ...data };
}

/** Orders as their seller sees them, with their buyers and the messages about them. */
export async function showAdminOrders(
  db: Db,
  sealer: TicketSealer,
  orders: readonly OrderRecord[],
): Promise<AdminOrderView[]> {
  const messages = await listOrderDeliveries(
    db,
    orders.map(({ id }) => id),
  );
  const withTheirs = await withBuyers(db, orders);
  return withTheirs.map(({ email, name, ...order }) => ({
    ...sellerOrderData(order),
    ticketId: showOrder(sealer, order).ticketId,
    ...(email === null ? {} : { email }),
    ...(name === null ? {} : { name }),
    lineNumber: order.line_number,
    messages: (messages.get(order.id) ?? []).map(showDelivery),
  }));
}
