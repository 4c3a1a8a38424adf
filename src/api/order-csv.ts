import type { OrderRecord } from '../db/orders.ts';
import type { TicketSealer } from '../line/ticket-id.ts';
import { csvRow } from './csv.ts';
import { showOrder } from './order-view.ts';

const COLUMNS = [
  ...['id', 'ticketId', 'lineNumber', 'buyerId', 'status', 'items', 'units', 'amount', 'currency'],
  ...['createdAt', 'holdExpiresAt', 'paidAt', 'paymentIntentId', 'paymentStatus', 'refundReason'],
];

/** How an export ended: its client went away, or the next page could not be read. */
export interface ExportEnd {
  readonly kind: 'whole' | 'left off' | 'broken';
  /** Orders that were written. */
  readonly orders: number;
  readonly error?: unknown;
}

/**
 * Orders as a CSV file in UTF-8: a row an order, with its last payment; `items` as `2 x Name; 1 x
 * Other`. Pages are fetched as they are taken: who reads slowly slows the reading down, and who
 * goes away ends it.
 *
 * @param told what became of it. Once a file is `broken` its connection has to be ended, or it would
 *   look whole
 * @throws what reading the first page throws: then there is no file at all
 */
export async function ordersAsCsv(
  pages: AsyncGenerator<readonly OrderRecord[]>,
  sealer: TicketSealer,
  told: (end: ExportEnd) => void,
): Promise<ReadableStream<Uint8Array>> {
  const first = await pages.next();
  async function* chunks() {
    let orders = 0;
    let end: ExportEnd['kind'] = 'left off';
    try {
      yield csvRow(COLUMNS);
      for (let page = first; !page.done; page = await pages.next()) {
        orders += page.value.length;
        yield page.value.map((order) => rowOf(sealer, order)).join('');
      }
      end = 'whole';
    } catch (error) {
      end = 'broken';
      told({ kind: end, orders, error });
    } finally {
      if (end !== 'broken') told({ kind: end, orders });
    }
  }
  return streamOf(chunks()).pipeThrough(new TextEncoderStream());
}

/**
 * What `ReadableStream.from` does. The types of browsers, which the pages see this file with, do
 * not know that.
 */
function streamOf(chunks: AsyncGenerator<string, void>): ReadableStream<string> {
  return new ReadableStream<string>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
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
