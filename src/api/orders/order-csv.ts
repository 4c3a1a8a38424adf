import type { OrderRecord } from '../../db/orders.ts';
import type { TicketSealer } from '../../line/ticket-id.ts';
import type { OrderView } from '../schemas/order.ts';
import { csvRow } from './csv.ts';
import { showOrder } from './order-view.ts';

interface Row {
  readonly record: OrderRecord;
  readonly order: OrderView;
  /** The last payment of the order. */
  readonly payment: NonNullable<OrderView['payments']>[number] | undefined;
}

/** The columns by name, and their values. */
const COLUMNS: Readonly<Record<string, (row: Row) => string | number>> = {
  id: ({ order }) => order.id,
  ticketId: ({ order }) => order.ticketId,
  lineNumber: ({ record }) => record.line_number,
  buyerId: ({ record }) => record.buyer_id,
  status: ({ order }) => order.status,
  items: ({ order }) => order.items.map(({ quantity, name }) => `${quantity} x ${name}`).join('; '),
  units: ({ order }) => order.items.reduce((sum, { quantity }) => sum + quantity, 0),
  amount: ({ order }) => order.amount,
  currency: ({ order }) => order.currency,
  createdAt: ({ order }) => order.createdAt,
  holdExpiresAt: ({ order }) => order.holdExpiresAt,
  paidAt: ({ order }) => order.paidAt ?? '',
  paymentIntentId: ({ payment }) => payment?.paymentIntentId ?? '',
  paymentStatus: ({ payment }) => payment?.status ?? '',
  refundReason: ({ payment }) => payment?.refundReason ?? '',
  amountRefunded: ({ order }) => order.amountRefunded ?? 0,
  unitsReturned: ({ order }) => order.items.reduce((sum, one) => sum + (one.returned ?? 0), 0),
  disputeStatus: ({ record }) => record.disputes.at(-1)?.status ?? '',
};

/**
 * How an export ended: the client disconnected (`left off`), or a page could not be read
 * (`broken`).
 */
export interface ExportEnd {
  readonly kind: 'whole' | 'left off' | 'broken';
  /** Orders that were written. */
  readonly orders: number;
  readonly error?: unknown;
}

/**
 * Orders as a CSV file in UTF-8: one row per order, with its last payment; `items` as `2 x Name; 1
 * x Other`. Pages are fetched on demand: a slow client slows the reading down, and a disconnect
 * ends it.
 *
 * @param onEnd reports how it ended. The connection of a `broken` file has to be closed, or it
 *   would look complete
 * @throws what reading the first page throws: then no file is started
 */
export async function ordersAsCsv(
  pages: AsyncGenerator<readonly OrderRecord[]>,
  sealer: TicketSealer,
  onEnd: (end: ExportEnd) => void,
): Promise<ReadableStream<Uint8Array>> {
  const first = await pages.next();
  async function* chunks() {
    let orders = 0;
    let kind: ExportEnd['kind'] = 'left off';
    let error: unknown;
    try {
      yield csvRow(Object.keys(COLUMNS));
      for (let page = first; !page.done; page = await pages.next()) {
        orders += page.value.length;
        yield page.value.map((order) => rowOf(sealer, order)).join('');
      }
      kind = 'whole';
    } catch (caught) {
      kind = 'broken';
      error = caught;
    } finally {
      onEnd({ kind, orders, error });
    }
  }
  return streamOf(chunks()).pipeThrough(new TextEncoderStream());
}

/**
 * As `ReadableStream.from`, which is missing from the browser types that the pages compile this
 * file with.
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
  const row = { record, order, payment: order.payments?.at(-1) };
  return csvRow(Object.values(COLUMNS).map((cell) => cell(row)));
}
