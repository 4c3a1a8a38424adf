import { findContact } from '../db/contacts.ts';
import { countMail, uncountMail } from '../db/mail-counts.ts';
import type { OrderRecord } from '../db/orders.ts';
import { saleInWords } from '../db/sales.ts';
import { isEmailAddress } from '../domain/account.ts';
import type { MessageKind } from '../domain/message.ts';
import type { MessageDeps } from './deps.ts';
import { writeMail } from './mail.ts';
import { orderLink } from './order-link.ts';
import type { TryResult } from './try-result.ts';

/**
 * Mails the buyer of an order, if their address is known and while the mail is still true: an offer
 * while it can be taken, a confirmation while the order is paid; and at most so many mails per
 * address and day.
 */
export async function sendMail(
  { db, mails, nowMs }: Pick<MessageDeps, 'db' | 'mails' | 'nowMs'>,
  { id, kind, order }: { id: string; kind: MessageKind; order: OrderRecord },
): Promise<TryResult> {
  if (mails === undefined) return { result: 'failed', answer: 'no mails are sent from here' };
  if (isOver(kind, order, nowMs())) {
    return { result: 'outdated', answer: `the order is ${order.status} by now` };
  }
  const to = await findContact(db, order.buyer_id);
  if (to === undefined || !isEmailAddress(to)) return { result: 'no_address' };
  const counted = { email: to, atMs: nowMs(), max: mails.perAddress };
  const isCounted = counted.max > 0;
  if (isCounted && !(await countMail(db, counted))) {
    return { result: 'over_limit', answer: `the address has had ${counted.max} mails today` };
  }
  const sale = await saleInWords(db, order.sale_id);
  const link = await orderLink(db, mails.publicUrl, order.id);
  const mail = writeMail(kind, order, { sale, link });
  const sent = await mails.mailer.send({ ...mail, id, to, at: new Date(nowMs()) });
  if (isCounted && sent.result !== 'sent') await uncountMail(db, counted);
  return sent;
}

function isOver(kind: MessageKind, order: OrderRecord, nowMs: number): boolean {
  const { status, hold_expires_at: end } = order;
  if (kind === 'order.offered') return status !== 'held' || end.getTime() <= nowMs;
  return kind === 'order.paid' && status === 'refunded';
}
