import { findContact } from '../db/contacts.ts';
import type { OrderRecord } from '../db/orders.ts';
import { isEmailAddress } from '../domain/account.ts';
import type { MessageKind } from '../domain/message.ts';
import type { Attempt } from './attempt.ts';
import type { MessageDeps } from './deps.ts';
import { writeMail } from './mail.ts';

/**
 * Sends the buyer of an order a mail, where it is known to what address. An offer is told only as
 * long as it can be taken: later it would promise what is gone.
 */
export async function sendMail(
  { db, mailer, nowMs }: Pick<MessageDeps, 'db' | 'mailer' | 'nowMs'>,
  { id, kind, order }: { id: string; kind: MessageKind; order: OrderRecord },
): Promise<Attempt> {
  if (mailer === undefined) return { result: 'failed', answer: 'no mails are sent from here' };
  if (kind === 'order.offered' && order.status !== 'held') {
    return { result: 'hopeless', answer: `the order is ${order.status} by now` };
  }
  const to = await findContact(db, order.buyer_id);
  if (to === undefined || !isEmailAddress(to)) return { result: 'no_address' };
  const sale = await db
    .selectFrom('sales')
    .select('name')
    .where('id', '=', order.sale_id)
    .executeTakeFirstOrThrow();
  return mailer.send({ ...writeMail(kind, order, sale.name), id, to, at: new Date(nowMs()) });
}
