import { findContact } from '../db/contacts.ts';
import { countMail, uncountMail } from '../db/mail-counts.ts';
import type { OrderRecord } from '../db/orders.ts';
import { findPlaces, saleInWords } from '../db/sales.ts';
import { findWaiting } from '../db/waitlist.ts';
import { isEmailAddress } from '../domain/account.ts';
import { parseItems } from '../domain/items.ts';
import type { MailKind } from '../domain/message.ts';
import type { MessageDeps } from './deps.ts';
import { type MailText, writeMail, writeWaitEnded } from './mail.ts';
import { orderLink } from './order-link.ts';
import type { TryResult } from './try-result.ts';

type MailDeps = Pick<MessageDeps, 'db' | 'mails' | 'nowMs'>;

/**
 * Mails the buyer of an order, if their address is known and while the mail is still true: an offer
 * while it can be taken, a confirmation while the order is paid. At most so many mails per address
 * and day that no payment stands behind.
 */
export async function sendMail(
  deps: MailDeps,
  { id, kind, order }: { id: string; kind: MailKind; order: OrderRecord },
): Promise<TryResult> {
  if (isOver(kind, order, deps.nowMs())) {
    return { result: 'outdated', answer: `the order is ${order.status} by now` };
  }
  // An offer, and what costs nothing, anybody can have sent to any address; a payment is real.
  const isCapped = kind === 'order.offered' || order.amount === 0;
  return sendTo(deps, { id, buyer: order.buyer_id, isCapped }, async (to) => {
    const sale = await saleInWords(deps.db, order.sale_id);
    const link = await orderLink(deps.db, order.id, to);
    return link === undefined ? undefined : writeMail(kind, order, { sale, link });
  });
}

/** Mails the buyer of a ticket that waited until its sale was over, under the same conditions. */
export async function sendWaitEnded(
  deps: MailDeps,
  { id, ticket }: { id: string; ticket: string },
): Promise<TryResult> {
  const { db } = deps;
  const waited = (await findWaiting(db, [ticket])).get(ticket);
  if (waited === undefined) throw new Error(`message ${id}: its ticket is not there`);
  const { sale_id: saleId, line_number: lineNumber, items } = waited;
  return sendTo(deps, { id, buyer: waited.buyer_id, isCapped: true }, async ({ publicUrl }) => {
    const products = await findPlaces(db, [saleId]);
    const wanted = parseItems(items).map(({ index, quantity }) => {
      return { quantity, name: products.get(`${saleId} ${index}`)?.name ?? '' };
    });
    const sale = await saleInWords(db, saleId);
    return writeWaitEnded({ lineNumber, wanted }, { sale, link: `${publicUrl}/sales/${saleId}` });
  });
}

/**
 * Sends a mail to a buyer; counts it for the address if those are capped.
 *
 * @param write returns undefined when the address was corrected meanwhile: the next try has the new
 */
async function sendTo(
  { db, mails, nowMs }: MailDeps,
  { id, buyer, isCapped }: { id: string; buyer: string; isCapped: boolean },
  write: (to: { email: string; publicUrl: string }) => Promise<MailText | undefined>,
): Promise<TryResult> {
  if (mails === undefined) return { result: 'failed', answer: 'no mails are sent from here' };
  const { mailer, publicUrl, perAddress: max } = mails;
  const email = await findContact(db, buyer);
  if (email === undefined || !isEmailAddress(email)) return { result: 'no_address' };
  const counted = { email, atMs: nowMs(), max };
  const isCounted = isCapped && max > 0;
  if (isCounted && !(await countMail(db, counted))) {
    return { result: 'over_limit', answer: `the address has had ${max} mails today` };
  }
  let isSent = false;
  try {
    const mail = await write({ email, publicUrl });
    if (mail === undefined) return { result: 'failed', answer: 'the address was corrected' };
    const sent = await mailer.send({ ...mail, id, to: email, at: new Date(nowMs()) });
    isSent = sent.result === 'sent';
    return sent;
  } finally {
    if (isCounted && !isSent) await uncountMail(db, counted);
  }
}

function isOver(kind: MailKind, order: OrderRecord, nowMs: number): boolean {
  const { status, hold_expires_at: end } = order;
  if (kind === 'order.offered') return status !== 'held' || end.getTime() <= nowMs;
  return kind === 'order.paid' && status === 'refunded';
}
