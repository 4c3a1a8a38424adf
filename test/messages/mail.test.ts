import { expect, it } from 'vitest';
import { formatPrice } from '../../src/domain/price.ts';
import { writeMail } from '../../src/messages/mail.ts';

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

it('tells in plain words what was bought, for how much', () => {
  const { subject, text } = writeMail('order.paid', order, 'Last Pair');
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
      'Order f00d',
      '',
    ].join('\n'),
  );
});

it('speaks of no payment where an order costs nothing', () => {
  const items = [{ productId: 'a', name: 'Ticket', quantity: 2, amount: 0 }];
  const free = { ...order, items, amount: 0 };
  const { text } = writeMail('order.paid', free, 'Last Pair');
  expect(text).toContain('You have confirmed your order.');
  expect(text).toContain('2 × Ticket, free\n  Total: Free\n');
  expect(writeMail('order.offered', free, 'Last Pair').text).toContain('Confirm it until 21');
  for (const kind of ['order.paid', 'order.offered', 'order.refunded'] as const) {
    expect(writeMail(kind, free, 'Last Pair').text).not.toMatch(/pay|€/i);
  }
});

it('tells until when an offer holds, in UTC', () => {
  expect(writeMail('order.offered', order, 'Last Pair').text).toContain(
    'Pay until 21 November 2026 at 22:05 UTC.',
  );
  expect(writeMail('order.refunded', order, 'Last Pair').subject).toBe('Refunded: Last Pair');
});

it("escapes everybody's words in HTML", () => {
  const { html } = writeMail('order.paid', order, `<b>"Tom" & 'Jerry'</b>`);
  expect(html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;');
  expect(html).toContain('&lt;b&gt;&quot;Tom&quot; &amp; &#39;Jerry&#39;&lt;/b&gt;');
  expect(
    html.replaceAll(/<\/?(!doctype html|html|head|meta|title|body|p|ul|li|strong)\b/g, ''),
  ).not.toMatch(/<[^>]/);
});

it('keeps names in one line that reads one way', () => {
  const { subject } = writeMail('order.paid', order, 'Sale\r\nBcc: eve@example.org\u202e\u2028!');
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
