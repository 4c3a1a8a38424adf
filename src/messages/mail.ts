import type { OrderRecord } from '../db/orders.ts';
import type { MailKind } from '../domain/message.ts';
import { formatPrice } from '../domain/price.ts';

/** A mail as people read it. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What a mail needs beside its subject matter. */
interface MailContext {
  /** Its name and IANA time zone, which the seller chose. */
  readonly sale: { readonly name: string; readonly timeZone: string };
  /** Where the mail leads. */
  readonly link: string;
}

/** What a mail says of an order. */
type MailedOrder = Pick<OrderRecord, 'id' | 'amount' | 'currency' | 'hold_expires_at'> & {
  readonly items: readonly Pick<OrderRecord['items'][number], 'name' | 'quantity' | 'amount'>[];
};

/** The text of a mail around its list of items, one paragraph each. */
interface Words {
  readonly subject: string;
  readonly before: string;
  readonly after: string;
  /** What the link is for. */
  readonly action: string;
}

/** A mail in its parts; `total` where something was priced. */
interface Parts extends Words {
  readonly lines: readonly string[];
  readonly total?: string;
  readonly link: string;
  readonly reference: string;
}

/**
 * Writes the mail to the buyer of an order. Times are in the zone of the sale: the buyer's is
 * unknown.
 *
 * @param context.link where the order is shown, and paid while it is held
 */
export function writeMail(
  kind: MailKind,
  order: MailedOrder,
  { sale, link }: MailContext,
): MailText {
  const { currency } = order;
  const until = formatTime(order.hold_expires_at, sale.timeZone);
  const wording = order.amount === 0 ? { ...WORDS, ...FREE_WORDS } : WORDS;
  const words = wording[kind](oneLine(sale.name), until);
  const lines = order.items.map(({ quantity, name, amount }) => {
    const price = amount === 0 ? 'free' : `${formatPrice(amount, currency)} each`;
    return `${quantity} × ${oneLine(name)}, ${price}`;
  });
  const total = `Total: ${formatPrice(order.amount, currency)}`;
  return compose({ ...words, lines, total, link, reference: `Order ${order.id}` });
}

/**
 * Writes the mail to the buyer of a ticket that waited until its sale was over.
 *
 * @param ticket.wanted what it waited for
 * @param context.link where the sale is shown
 */
export function writeWaitEnded(
  ticket: {
    readonly lineNumber: number;
    readonly wanted: readonly { readonly quantity: number; readonly name: string }[];
  },
  { sale, link }: MailContext,
): MailText {
  const name = oneLine(sale.name);
  return compose({
    subject: `The sale has ended: ${name}`,
    before: `You waited in line of "${name}" for this:`,
    lines: ticket.wanted.map((one) => `${one.quantity} × ${oneLine(one.name)}`),
    after:
      'The sale has ended, and nothing came back for you. Nothing was charged for this. ' +
      'Thank you for waiting.',
    action: 'See the sale',
    link,
    reference: `Line number ${ticket.lineNumber}`,
  });
}

function compose(parts: Parts): MailText {
  const { subject, before, lines, total, after, action, link, reference } = parts;
  const text = [
    before,
    '',
    ...lines.map((line) => `  ${line}`),
    ...(total === undefined ? [] : [`  ${total}`]),
    '',
    after,
    '',
    `${action}: ${link}`,
    '',
    reference,
  ];
  const html = [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head><body>`,
    `<p>${escapeHtml(before)}</p>`,
    `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`,
    ...(total === undefined ? [] : [`<p><strong>${escapeHtml(total)}</strong></p>`]),
    `<p>${escapeHtml(after)}</p>`,
    `<p><a href="${escapeHtml(link)}">${escapeHtml(action)}</a></p>`,
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
    action: 'See your order',
  }),
  'order.offered': (sale, until) => ({
    subject: `It is your turn: ${sale}`,
    before: `You waited in line of "${sale}", and units came back. This is held for you now:`,
    after: `Pay until ${until}. After that it goes to the next in line.`,
    action: 'Pay now',
  }),
  'payment.returned': (sale) => ({
    subject: `Your payment goes back: ${sale}`,
    before:
      `A payment for an order from "${sale}" could not be taken: it came too late, a second time, ` +
      'or was of another amount. It goes back to you in full. The order was:',
    after:
      'If you have had a confirmation of this order, it stays yours. How long the money takes ' +
      'depends on your bank; it can be some days.',
    action: 'See your order',
  }),
  'order.refunded': (sale) => ({
    subject: `Refunded: ${sale}`,
    before: `Your payment of this order from "${sale}" was given back:`,
    after: 'How long it takes to arrive depends on your bank; it can be some days.',
    action: 'See your order',
  }),
};

/** Date, minute and zone: "21 November 2026 at 23:05 CET". */
function formatTime(time: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    ...{ day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' },
    timeZone,
    timeZoneName: 'short',
  }).format(time);
}

/** What is said otherwise about an order that costs nothing. */
const FREE_WORDS: Partial<typeof WORDS> = {
  'order.paid': (sale) => ({
    subject: `Confirmed: ${sale}`,
    before: `You have confirmed your order. This is yours from "${sale}":`,
    after: 'Keep this mail: it is your confirmation. Thank you.',
    action: 'See your order',
  }),
  'order.offered': (sale, until) => ({
    subject: `It is your turn: ${sale}`,
    before: `You waited in line of "${sale}", and units came back. This is held for you now:`,
    after: `Confirm it until ${until}. After that it goes to the next in line.`,
    action: 'Confirm it now',
  }),
  'order.refunded': (sale) => ({
    subject: `Taken back: ${sale}`,
    before: `The seller has taken back your order from "${sale}":`,
    after: 'It cost nothing, so there is nothing to give back.',
    action: 'See your order',
  }),
};

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
