import {
  type AuditedPayment,
  type AuditedSale,
  readAuditedPayments,
  readAuditedReturns,
} from '../db/audit-reads.ts';
import type { Tx } from '../db/client.ts';
import type { ExpectedSale, Settled } from './expected-sale.ts';
import { counted, Part } from './part.ts';
import { differenceOf } from './table-check.ts';

/**
 * Compares payments and refunds with the log (I8): every captured payment is the one that paid its
 * order, or goes back.
 */
export async function checkPayments(
  tx: Tx,
  { id, products }: AuditedSale,
  expected: ExpectedSale,
): Promise<Part> {
  const part = new Part('payments');
  const isFree = (index: number) => products.find((one) => one.index === index)?.amount === 0;
  for (const { line, items, paidBy } of expected.orders.values()) {
    if (paidBy !== 'free' || items.every(({ index }) => isFree(index))) continue;
    part.differ(`the order of line number ${line} was confirmed, though it is not free`);
  }
  const seen = new Set<string>();
  let unsettled = 0;
  for await (const payments of readAuditedPayments(tx, id)) {
    for (const payment of payments) {
      seen.add(payment.id);
      const settled = expected.payments.get(payment.id);
      if (settled !== undefined) checkSettled(part, payment, settled);
      else if (payment.outcome !== null) {
        part.differ(`payment ${payment.id} is ${payment.outcome}, the log has not settled it`);
      } else if (payment.status === 'succeeded') unsettled++;
    }
  }
  for (const [payment, { seq }] of expected.payments) {
    if (!seen.has(payment)) part.differ(`payment ${payment}, settled by entry ${seq}, is missing`);
  }
  if (unsettled > 0) part.note(`${counted(unsettled, 'captured payment')} being settled now.`);
  const returns = await checkReturns(tx, part, id, expected);
  part.compared = `${counted(seen.size, 'payment')}, ${counted(returns, 'refund')} of units`;
  return part;
}

function checkSettled(part: Part, payment: AuditedPayment, settled: Settled): void {
  const { id, orderAmount: amount, orderCurrency: currency, wanted, made, ended } = payment;
  const where = `payment ${id} of ticket ${payment.ticket}`;
  const { seq, ticket, out: outcome, reason } = settled;
  const matches = { amount, currency };
  const expected = { outcome, seq, ticket, status: 'succeeded' };
  const difference =
    differenceOf(payment, expected) ??
    (reason === 'wrong_amount' ? undefined : differenceOf(payment, matches));
  if (difference !== undefined) part.differ(`${where}: ${difference}`);
  if (made > payment.amount) part.differ(`${where}: more went back than was paid`);
  const goesBack = outcome === 'refund' || payment.orderStatus === 'refunded';
  if (!goesBack || wanted >= payment.amount) return;
  if (ended > 0) part.note(`Not all of ${where} can go back: a refund ended.`);
  else part.differ(`${where} has to go back, and its refunds want ${wanted} of ${payment.amount}`);
}

/** Units that went back with parts of payments; those of free orders have no refund. */
async function checkReturns(
  tx: Tx,
  part: Part,
  sale: string,
  { returns, orders }: ExpectedSale,
): Promise<number> {
  const seen = new Set<string>();
  for await (const refunds of readAuditedReturns(tx, sale)) {
    for (const refund of refunds) {
      seen.add(refund.id);
      const entry = returns.get(refund.id);
      if (entry === undefined) {
        part.differ(`refund ${refund.id} has returned units, by the log it has not`);
        continue;
      }
      const { ticket, items, restock } = entry;
      const difference = differenceOf(refund, { ticket, items, restock });
      if (difference !== undefined) part.differ(`refund ${refund.id}: ${difference}`);
    }
  }
  for (const [refund, { ticket }] of returns) {
    if (seen.has(refund) || orders.get(ticket)?.paidBy === 'free') continue;
    part.differ(`units of ticket ${ticket} went back for refund ${refund}, which is missing`);
  }
  return seen.size;
}
