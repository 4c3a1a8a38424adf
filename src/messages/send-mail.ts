import { findContact } from '../db/contacts.ts';
import type { OrderRecord } from '../db/orders.ts';
import { nameOfSale } from '../db/sales.ts';
import { isEmailAddress } from '../domain/account.ts';
import type { MailKind } from '../domain/message.ts';
import type { MessageDeps } from './deps.ts';
import { writeMail } from './mail.ts';
import type { TryResult } from './try-result.ts';

/**
 * Mails the buyer of an order, if their address is known and while the mail is still true: an offer
 * while it can be taken, a confirmation while the order is paid.
 */
export async function sendMail(
  { db, mailer, nowMs }: Pick<MessageDeps, 'db' | 'mailer' | 'nowMs'>,
  { id, kind, order }: { id: string; kind: MailKind; order: OrderRecord },
): Promise<TryResult> {
  if (mailer === undefined) return { result: 'failed', answer: 'no mails are sent from here' };
  if (isOver(kind, order, nowMs())) {
    return { result: 'outdated', answer: `the order is ${order.status} by now` };
  }
  const to = await findContact(db, order.buyer_id);
  if (to === undefined || !isEmailAddress(to)) return { result: 'no_address' };
  const sale = await nameOfSale(db, order.sale_id);
  return mailer.send({ ...writeMail(kind, order, sale), id, to, at: new Date(nowMs()) });
}

function isOver(kind: MailKind, order: OrderRecord, nowMs: number): boolean {
  const { status, hold_expires_at: end } = order;
  if (kind === 'order.offered') return status !== 'held' || end.getTime() <= nowMs;
  return kind === 'order.paid' && status === 'refunded';
}
