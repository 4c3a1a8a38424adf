import type { DeliveryRecord } from '../../db/deliveries.ts';
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

/** The same for its seller, with the messages about it. */
export function showAdminOrder(
  sealer: TicketSealer,
  order: OrderRecord,
  deliveries: readonly DeliveryRecord[],
): AdminOrderView {
  const { ticketId } = showOrder(sealer, order);
  const messages = deliveries.map(showDelivery);
  return { ...sellerOrderData(order), ticketId, lineNumber: order.line_number, messages };
}
