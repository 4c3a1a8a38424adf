import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, heading, openPage, openShop, type Shop } from '../../support/browser.ts';
import { endHold } from '../../support/holds.ts';
import { Payer } from '../../support/payments.ts';
import { buyAsGuest, payWith } from '../../support/purchase.ts';

let shop: Shop;
let payer: Payer;
beforeAll(async () => {
  shop = await openShop();
  payer = new Payer(shop.system);
});
afterAll(() => shop.stop());

it('the place in line is kept when the page is closed, and shown again', async () => {
  const sale = await payer.createSale({ name: 'Long line', stock: 50 });
  await shop.system.stopWorker();
  for (let buyer = 0; buyer < 12; buyer++) {
    await payer.take(sale, await payer.token(`ahead-${buyer}`));
  }
  const page = await shop.visit(`/sales/${sale.id}`);
  await buyAsGuest(page, 'patient@example.com');
  await heading(page, 'people ahead of you');
  await page.getByText('12', { exact: true }).waitFor();
  await expectAccessible(page);
  const context = page.context();
  await page.close();

  const next = await openPage(context, `${shop.system.url}/`);
  await next.getByRole('navigation').getByRole('link', { name: 'Your place in line' }).click();
  await next.getByText('12', { exact: true }).waitFor();
  shop.system.startWorker();
  await heading(next, 'It is yours, for now.');
});

it('a hold that arrives while its buyer is on another page is announced there', async () => {
  const sale = await payer.createSale({ name: 'Elsewhere', stock: 5 });
  await shop.system.stopWorker();
  const page = await shop.visit(`/sales/${sale.id}`);
  await buyAsGuest(page, 'elsewhere@example.com');
  await heading(page, 'You are next');
  await page.getByRole('link', { name: 'Fairline, all sales' }).click();
  await page.getByRole('navigation').getByRole('link', { name: 'Your place in line' }).waitFor();
  shop.system.startWorker();
  await page.getByText('Elsewhere: held for you!').waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Held for you' }).click();
  await heading(page, 'It is yours, for now.');
});

it('leaving the line asks first, and gives up the place', async () => {
  const sale = await payer.createSale({ stock: 5 });
  await shop.system.stopWorker();
  const page = await shop.visit(`/sales/${sale.id}`);
  await buyAsGuest(page, 'leaver@example.com');
  await heading(page, 'You are next');
  await page.getByRole('button', { name: 'Leave the line' }).click();
  await page.getByRole('button', { name: 'Leave', exact: true }).click();
  await heading(page, 'Sale');
  shop.system.startWorker();
  await expect
    .poll(() => payer.sale(sale.id))
    .toMatchObject({ line: { decided: 1 }, products: [{ stock: { available: 5 } }] });
});

it('a hold that is not paid in time expires, and the page says what happened', async () => {
  const sale = await payer.createSale({ stock: 1 });
  const page = await shop.visit(`/sales/${sale.id}`);
  await buyAsGuest(page, 'late@example.com');
  await heading(page, 'It is yours, for now.');
  const order = await shop.system.db
    .selectFrom('orders')
    .select('id')
    .where('sale_id', '=', sale.id)
    .executeTakeFirstOrThrow();
  await endHold(shop.system, order.id);
  await heading(page, 'The time to pay has run out.');
  await page.getByText('Nothing was charged').waitFor();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Try again' }).click();
  await page.getByRole('button', { name: /^Buy for/ }).waitFor();
});

it('the waitlist is offered what comes back, without any action', async () => {
  const sale = await payer.createSale({ stock: 1, waitlist: true });
  const holder = await payer.hold(sale);
  const page = await shop.visit(`/sales/${sale.id}`);
  await buyAsGuest(page, 'waiter@example.com');
  await heading(page, 'You are next on the waitlist');
  await expectAccessible(page);
  await payer.call('POST', `/api/orders/${holder.orderId}/cancel`, { token: holder.token });
  await heading(page, 'It is yours, for now.');
  await payWith(page, '4242424242424242');
  await heading(page, 'It is yours.');
});

it('when all is paid one can still join the waitlist, and the page says what to hope', async () => {
  const sale = await payer.createSale({ stock: 1, waitlist: true, offerSeconds: 120 });
  const holder = await payer.hold(sale);
  const page = await shop.visit(`/sales/${sale.id}`);
  await page.getByText('Waitlist open').first().waitFor();
  await payer.confirm(await payer.payment(holder.orderId, holder.token));
  await page.getByText('It is unlikely that something comes back').waitFor();
  await page.getByText('What is offered from the waitlist is held for 2 minutes.').waitFor();
  await expectAccessible(page);
  await buyAsGuest(page, 'hopeful@example.com');
  await heading(page, 'You are next on the waitlist');
  await page.getByText('It is unlikely that something comes back for you.').waitFor();
  await expectAccessible(page);
  const token = await payer.token('seller', 'admin');
  await payer.call('POST', `/api/admin/orders/${holder.orderId}/refund`, { token, body: {} });
  await heading(page, 'It is yours, for now.');

  const late = await shop.visit(`/sales/${sale.id}`);
  await buyAsGuest(late, 'too-late@example.com');
  await heading(late, 'You are next on the waitlist');
  await payer.call('POST', `/api/admin/sales/${sale.id}/close`, { token });
  await heading(late, 'Nothing was left for you.');
  await late.getByText('waited, and nothing came back').waitFor();
});

it('a hold is given back after asking, and a sale that sells out says so live', async () => {
  const sale = await payer.createSale({ stock: 1 });
  const watcher = await shop.visit(`/sales/${sale.id}`);
  await watcher.getByText('1 of 1 left').first().waitFor();
  const page = await shop.visit(`/sales/${sale.id}`);
  await buyAsGuest(page, 'giver@example.com');
  await heading(page, 'It is yours, for now.');
  await watcher.getByRole('button', { name: 'All held' }).waitFor();
  await expectAccessible(watcher);
  await page.getByRole('button', { name: 'Give it back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Give it back' }).click();
  await heading(page, 'You gave it back.');
  await watcher.getByRole('button', { name: /^Buy for/ }).waitFor();
});

it('the button wakes up when the sale opens, even earlier than announced', async () => {
  const startsAt = new Date(Date.now() + 3_600_000);
  const endsAt = new Date(Date.now() + 7_200_000);
  const sale = await payer.createSale({ stock: 3, startsAt, endsAt });
  const page = await shop.visit(`/sales/${sale.id}`);
  await page.getByRole('button', { name: /^Opens in / }).waitFor();
  await expectAccessible(page);
  await payer.call('PATCH', `/api/admin/sales/${sale.id}`, {
    token: await payer.token('seller', 'admin'),
    body: { startsAt: new Date() },
  });
  await buyAsGuest(page, 'early@example.com');
  await heading(page, 'It is yours, for now.');
});
