import type { OrderRecord } from '../db/orders.ts';
import type { MailKind } from '../domain/message.ts';
import { formatPrice } from '../domain/price.ts';

/** A mail as people read it. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What a mail says of an order. */
type MailedOrder = Pick<OrderRecord, 'id' | 'amount' | 'currency' | 'hold_expires_at'> & {
  readonly items: readonly Pick<OrderRecord['items'][number], 'name' | 'quantity' | 'amount'>[];
};

/** The text of a mail about an order, one paragraph each. */
interface Words {
  readonly subject: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Writes the mail to the buyer of an order. Times are in UTC: the buyer's time zone is unknown.
 *
 * @param sale its name, which the seller chose
 */
export function writeMail(kind: MailKind, order: MailedOrder, sale: string): MailText {
  const { currency } = order;
  const words = order.amount === 0 ? { ...WORDS, ...FREE_WORDS } : WORDS;
  const { subject, before, after } = words[kind](oneLine(sale), formatTime(order.hold_expires_at));
  const lines = order.items.map(({ quantity, name, amount }) => {
    const price = amount === 0 ? 'free' : `${formatPrice(amount, currency)} each`;
    return `${quantity} × ${oneLine(name)}, ${price}`;
  });
  const total = `Total: ${formatPrice(order.amount, currency)}`;
  const reference = `Order ${order.id}`;
  const text = [
    before,
    '',
    ...lines.map((line) => `  ${line}`),
    `  ${total}`,
    '',
    after,
    '',
    reference,
  ];
  const html = [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head><body>`,
    `<p>${escapeHtml(before)}</p>`,
    `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`,
    `<p><strong>${escapeHtml(total)}</strong></p>`,
    `<p>${escapeHtml(after)}</p>`,
    `<p>${escapeHtml(reference)}</p>`,
    '</body></html>',
  ];
  return { subject, text: `${text.join('\n')}\n`, html: `${html.join('\n')}\n` };
}

const WORDS: Record<MailKind, (sale: string, until: string) => Words> = {
  'order.paid': (sale) => ({
    subject: `Paid: ${sale}`,
    before: `Your payment has arrived. This is yours from "${sale}":`,
    after: 'Keep this mail: it is your confirmation. Thank you.',
  }),
  'order.offered': (sale, until) => ({
    subject: `It is your turn: ${sale}`,
    before: `You waited in line of "${sale}", and units came back. This is held for you now:`,
    after: `Pay until ${until}. After that it goes to the next in line.`,
  }),
  'payment.returned': (sale) => ({
    subject: `Your payment goes back: ${sale}`,
    before:
      `A payment for an order from "${sale}" could not be taken: it came too late, a second time, ` +
      'or was of another amount. It goes back to you in full. The order was:',
    after:
      'If you have had a confirmation of this order, it stays yours. How long the money takes ' +
      'depends on your bank; it can be some days.',
  }),
  'order.refunded': (sale) => ({
    subject: `Refunded: ${sale}`,
    before: `Your payment of this order from "${sale}" was given back:`,
    after: 'How long it takes to arrive depends on your bank; it can be some days.',
  }),
};

/** What is said otherwise about an order that costs nothing. */
const FREE_WORDS: Partial<typeof WORDS> = {
  'order.paid': (sale) => ({
    subject: `Confirmed: ${sale}`,
    before: `You have confirmed your order. This is yours from "${sale}":`,
    after: 'Keep this mail: it is your confirmation. Thank you.',
  }),
  'order.offered': (sale, until) => ({
    subject: `It is your turn: ${sale}`,
    before: `You waited in line of "${sale}", and units came back. This is held for you now:`,
    after: `Confirm it until ${until}. After that it goes to the next in line.`,
  }),
  'order.refunded': (sale) => ({
    subject: `Taken back: ${sale}`,
    before: `The seller has taken back your order from "${sale}":`,
    after: 'It cost nothing, so there is nothing to give back.',
  }),
};

const TIME = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
});

function formatTime(time: Date): string {
  return `${TIME.format(time)} UTC`;
}

/** Line breaks and bidirectional controls: in a subject they could spoof other text. */
const ODD = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** Text written by a user, on one line. */
function oneLine(words: string): string {
  return words.replaceAll(ODD, ' ').trim();
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
