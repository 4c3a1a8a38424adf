import type { OrderRecord } from '../db/orders.ts';
import type { TicketSealer } from '../line/ticket-id.ts';
import { csvRow } from './csv.ts';
import { showOrder } from './order-view.ts';

const COLUMNS = [
  ...['id', 'ticketId', 'lineNumber', 'buyerId', 'status', 'items', 'units', 'amount', 'currency'],
  ...['createdAt', 'holdExpiresAt', 'paidAt', 'paymentIntentId', 'paymentStatus', 'refundReason'],
];

/**
 * Orders as a CSV file in UTF-8: a row an order, with its last payment; `items` as `2 x Name; 1 x
 * Other`. Pages are fetched as they are taken: who reads slowly slows the reading down, and who
 * goes away ends it.
 *
 * @param onEnd told how many orders were written, and whether those were all
 */
export function ordersAsCsv(
  pages: AsyncIterable<readonly OrderRecord[]>,
  sealer: TicketSealer,
  onEnd: (orders: number, isWhole: boolean) => void,
): ReadableStream<Uint8Array> {
  async function* chunks() {
    let written = 0;
    let isWhole = false;
    try {
      yield csvRow(COLUMNS);
      for await (const orders of pages) {
        written += orders.length;
        yield orders.map((order) => rowOf(sealer, order)).join('');
      }
      isWhole = true;
    } finally {
      onEnd(written, isWhole);
    }
  }
  return ReadableStream.from(chunks()).pipeThrough(new TextEncoderStream());
}

function rowOf(sealer: TicketSealer, record: OrderRecord): string {
  const order = showOrder(sealer, record);
  const payment = order.payments?.at(-1);
  return csvRow([
    order.id,
    order.ticketId,
    record.line_number,
    record.buyer_id,
    order.status,
    order.items.map(({ quantity, name }) => `${quantity} x ${name}`).join('; '),
    order.items.reduce((sum, { quantity }) => sum + quantity, 0),
    order.amount,
    order.currency,
    order.createdAt,
    order.holdExpiresAt,
    order.paidAt ?? '',
    payment?.paymentIntentId ?? '',
    payment?.status ?? '',
    payment?.refundReason ?? '',
  ]);
}
