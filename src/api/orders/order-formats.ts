import type { AdminOrderView } from '../schemas/order.ts';
import { BYTE_ORDER_MARK, type Cell, csvRow, idCell } from './csv.ts';

/** How exported orders are written to a file. */
export interface OrderFormat {
  readonly mediaType: string;
  /** What stands before the first order. */
  readonly head: string;
  /** One order, with the end of its line. */
  row(order: AdminOrderView): string;
}

/** The columns by name, and their values. */
const COLUMNS: Readonly<Record<string, (order: AdminOrderView) => Cell>> = {
  id: ({ id }) => idCell(id),
  ticketId: ({ ticketId }) => idCell(ticketId),
  lineNumber: ({ lineNumber }) => lineNumber,
  buyerId: ({ buyerId }) => idCell(buyerId),
  status: ({ status }) => status,
  items: ({ items }) => items.map(({ quantity, name }) => `${quantity} x ${name}`).join('; '),
  units: ({ items }) => items.reduce((sum, { quantity }) => sum + quantity, 0),
  amount: ({ amount }) => amount,
  currency: ({ currency }) => currency,
  createdAt: ({ createdAt }) => createdAt,
  holdExpiresAt: ({ holdExpiresAt }) => holdExpiresAt,
  paidAt: ({ paidAt }) => paidAt ?? '',
  paymentIntentId: (order) => idCell(lastPayment(order)?.paymentIntentId ?? ''),
  paymentStatus: (order) => lastPayment(order)?.status ?? '',
  refundReason: (order) => lastPayment(order)?.refundReason ?? '',
  amountRefunded: ({ amountRefunded }) => amountRefunded ?? 0,
  unitsReturned: ({ items }) => items.reduce((sum, { returned = 0 }) => sum + returned, 0),
  disputeStatus: ({ dispute }) => dispute?.status ?? '',
  email: ({ email }) => email ?? '',
  name: ({ name }) => name ?? '',
};

function lastPayment({ payments }: AdminOrderView) {
  return payments?.at(-1);
}

/** The formats by the extension of their file. */
export const ORDER_FORMATS = {
  /** For spreadsheets: a row per order with its last payment; `items` as `2 x Name; 1 x Other`. */
  csv: {
    mediaType: 'text/csv; charset=utf-8',
    head: BYTE_ORDER_MARK + csvRow(Object.keys(COLUMNS)),
    row: (order) => csvRow(Object.values(COLUMNS).map((cellOf) => cellOf(order))),
  },
  /** For programs: a line of JSON per order (https://jsonlines.org), as the list shows it. */
  jsonl: {
    mediaType: 'application/jsonl; charset=utf-8',
    head: '',
    row: (order) => `${JSON.stringify(order)}\n`,
  },
} as const satisfies Readonly<Record<string, OrderFormat>>;
