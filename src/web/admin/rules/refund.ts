import type { AdminOrderView } from '../../../api/schemas/order.ts';
import { findCurrency, shownAs } from '../../../domain/currency.ts';
import { formatMoney } from '../../../domain/price.ts';
import { readAmount } from './money.ts';
import type { Read } from './read-number.ts';

/** The form of a refund as typed. */
export interface RefundDraft {
  readonly restock: boolean;
  /** All that is left until something is typed. */
  readonly amount?: string;
  /** Units that go back with a part, by product. */
  readonly units: Readonly<Record<string, number>>;
}

/** A refund as the API takes it: of all that is left without an amount. */
export interface Refund {
  restock: boolean;
  amount?: number;
  items?: { productId: string; quantity: number }[];
}

/** What of an order was not refunded yet. */
export function leftOf({ amount, amountRefunded = 0, items }: AdminOrderView) {
  return {
    amount: amount - amountRefunded,
    items: items.flatMap(({ returned = 0, quantity, ...item }) =>
      quantity > returned ? { ...item, quantity: quantity - returned } : [],
    ),
  };
}

/** Parses the form of a refund. */
export function readRefund(order: AdminOrderView, draft: RefundDraft): Read<Refund> {
  const { restock } = draft;
  const left = leftOf(order);
  const text = draft.amount;
  if (text === undefined || left.amount === 0) return { value: { restock } };
  const read = readAmount(text, shownAs(order.currency).digits);
  if ('problem' in read) return read;
  const amount = read.value;
  const step = findCurrency(order.currency)?.step ?? 1;
  const most = formatMoney(left.amount, order.currency);
  if (amount === 0 || amount > left.amount) return { problem: `More than 0, and at most ${most}.` };
  if (amount % step !== 0) return { problem: 'This currency is not charged so finely.' };
  if (amount === left.amount) return { value: { restock } };
  const items = left.items.flatMap(({ productId }) => {
    const quantity = draft.units[productId] ?? 0;
    return quantity === 0 ? [] : { productId, quantity };
  });
  return { value: { restock, amount, ...(items.length === 0 ? {} : { items }) } };
}

interface RefundWords {
  readonly act: string;
  readonly keep: string;
  readonly help: string;
  readonly done: string;
  readonly underway: string;
}

/**
 * What is said about a refund.
 *
 * @param part in minor units; all that is left when undefined
 */
export function refundWords(order: AdminOrderView, part: number | undefined): RefundWords {
  if (order.amount === 0) {
    const done = 'The order was taken back.';
    return {
      ...{ act: 'Take the order back', keep: 'Leave it', done, underway: done },
      help: 'The buyer loses the order, and gets an e-mail about it. This cannot be undone.',
    };
  }
  const price = formatMoney(part ?? leftOf(order).amount, order.currency);
  const underway = `${price} is being refunded: it is retried until it succeeds.`;
  const common = { act: `Refund ${price}`, keep: 'Keep the payment', underway };
  if (part === undefined) {
    const help = 'The buyer gets the money back, and an e-mail about it. This cannot be undone.';
    return { ...common, help, done: `${price} was refunded.` };
  }
  return {
    ...common,
    help: 'The buyer gets this part of the money back, and keeps the order. This cannot be undone.',
    done: `${price} is refunded; the order stays paid.`,
  };
}
