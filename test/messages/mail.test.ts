import { expect, it } from 'vitest';
import { formatPrice } from '../../src/domain/price.ts';
import { writeMail, writeWaitEnded } from '../../src/messages/mail.ts';

const order = {
  id: 'f00d',
  items: [
    { productId: 'a', name: 'Ticket', quantity: 2, amount: 14_900 },
    { productId: 'b', name: '<img src=x onerror="alert(1)">', quantity: 1, amount: 50 },
  ],
  amount: 29_850,
  currency: 'eur',
  hold_expires_at: new Date('2026-11-21T23:05:00+01:00'),
};

const sale = { name: 'Last Pair', timeZone: 'UTC' };
const about = { sale, link: 'https://shop.example/orders/f00d?a&b' };

it('tells in plain words what was bought, for how much', () => {
  const { subject, text } = writeMail('order.paid', order, about);
  expect(subject).toBe('Paid: Last Pair');
  expect(text).toBe(
    [
      'Your payment has arrived. This is yours from "Last Pair":',
      '',
      '  2 × Ticket, €149.00 each',
      '  1 × <img src=x onerror="alert(1)">, €0.50 each',
      '  Total: €298.50',
      '',
      'Keep this mail: it is your confirmation. Thank you.',
      '',
      'See your order: https://shop.example/orders/f00d?a&b',
      '',
      'Order f00d',
      '',
    ].join('\n'),
  );
});

it.each([
  ['UTC', '21 November 2026 at 22:05 UTC'],
  ['Europe/Berlin', '21 November 2026 at 23:05 CET'],
  ['Asia/Tokyo', '22 November 2026 at 07:05 GMT+9'],
])('tells until when an offer holds, with date, minute and zone: %s', (timeZone, until) => {
  const { text } = writeMail('order.offered', order, { ...about, sale: { ...sale, timeZone } });
  expect(text).toContain(`Pay until ${until}.`);
});

it('names the sale in every subject', () => {
  expect(writeMail('order.refunded', order, about).subject).toBe('Refunded: Last Pair');
});

it.each([
  ['order.paid', 'See your order'],
  ['order.offered', 'Pay now'],
  ['order.refunded', 'See your order'],
  ['payment.returned', 'See your order'],
] as const)('%s leads to the order', (kind, action) => {
  const { text, html } = writeMail(kind, order, about);
  expect(text).toContain(`\n${action}: ${about.link}\n`);
  expect(html).toContain(`<a href="https://shop.example/orders/f00d?a&amp;b">${action}</a>`);
});

it('speaks of no payment where an order costs nothing', () => {
  const items = [{ productId: 'a', name: 'Ticket', quantity: 2, amount: 0 }];
  const free = { ...order, items, amount: 0 };
  const { text } = writeMail('order.paid', free, about);
  expect(text).toContain('You have confirmed your order.');
  expect(text).toContain('2 × Ticket, free\n  Total: Free\n');
  expect(writeMail('order.offered', free, about).text).toContain('Confirm it until 21');
  for (const kind of ['order.paid', 'order.offered', 'order.refunded'] as const) {
    expect(writeMail(kind, free, about).text).not.toMatch(/pay|€/i);
  }
});

it('tells who waited to the end that nothing came back', () => {
  const wanted = [
    { quantity: 2, name: 'Ticket' },
    { quantity: 1, name: 'T-shirt\r\n<b>' },
  ];
  const { subject, text, html } = writeWaitEnded(
    { lineNumber: 7, wanted },
    {
      sale: { name: 'Last Pair', timeZone: 'UTC' },
      link: 'https://shop.example/sales/1',
    },
  );
  expect(subject).toBe('The sale has ended: Last Pair');
  expect(text).toBe(
    [
      'You waited in line of "Last Pair" for this:',
      '',
      '  2 × Ticket',
      '  1 × T-shirt <b>',
      '',
      'The sale has ended, and nothing came back for you. Nothing was charged for this. ' +
        'Thank you for waiting.',
      '',
      'See the sale: https://shop.example/sales/1',
      '',
      'Line number 7',
      '',
    ].join('\n'),
  );
  expect(html).toContain('<li>1 × T-shirt &lt;b&gt;</li>');
  expect(html).not.toContain('<strong>');
});

it("escapes everybody's words in HTML", () => {
  const { html } = writeMail('order.paid', order, {
    ...about,
    sale: { ...sale, name: `<b>"Tom" & 'Jerry'</b>` },
  });
  expect(html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;');
  expect(html).toContain('&lt;b&gt;&quot;Tom&quot; &amp; &#39;Jerry&#39;&lt;/b&gt;');
  expect(
    html.replaceAll(/<\/?(!doctype html|html|head|meta|title|body|p|ul|li|strong|a)\b/g, ''),
  ).not.toMatch(/<[^>]/);
});

it('keeps names in one line that reads one way', () => {
  const name = 'Sale\r\nBcc: eve@example.org\u202e\u2028!';
  const { subject } = writeMail('order.paid', order, { ...about, sale: { ...sale, name } });
  expect(subject).toBe('Paid: Sale Bcc: eve@example.org !');
});

it.each([
  [14_900, 'eur', '€149.00'],
  [500, 'jpy', '¥500'],
  [1_500, 'kwd', 'KWD 1.500'],
  [100_000, 'isk', 'ISK 1,000.00'],
  [1_490_000, 'huf', 'HUF 14,900.00'],
  [5, 'mga', 'MGA 5'],
])('formats %i %s as Stripe counts it', (amount, currency, words) => {
  expect(formatPrice(amount, currency).replaceAll('\u00a0', ' ')).toBe(words);
});
