import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Db } from '../../../src/db/client.ts';
import { orderLink } from '../../../src/messages/order-link.ts';
import { expectAccessible, heading, openShop, type Shop } from '../../support/browser.ts';
import { Client } from '../../support/client.ts';
import { buyAsGuest, payWith, register } from '../../support/purchase.ts';

let shop: Shop;
let client: Client;
beforeAll(async () => {
  shop = await openShop();
  client = new Client(shop.system.url);
});
afterAll(() => shop.stop());

it('what one buyer started is not bought by the next user to sign in', async () => {
  const sale = await client.createSale({ stock: 3 });
  const page = await shop.visit('/');
  await page.clock.install();
  await page.goto(`${shop.system.url}/sales/${sale.id}`);
  let sent = 0;
  let isAway = true;
  await page.route(
    (url) => url.pathname === `/api/sales/${sale.id}/tickets`,
    (route) => {
      sent++;
      return isAway ? route.abort() : route.continue();
    },
  );
  await buyAsGuest(page, 'first@example.com');
  await page.getByText('We cannot be reached.').waitFor();
  await toAccount(page);
  await signOutGuest(page);
  await register(page, 'second@example.com');
  await heading(page, 'Your orders');
  isAway = false;
  const before = sent;
  // Several times the longest delay between two tries.
  for (let times = 0; times < 5; times++) await page.clock.fastForward(20_000);
  await page.getByRole('link', { name: 'Fairline, all sales' }).click();
  await heading(page, /./);
  expect(sent).toBe(before);
  expect((await client.sale(sale.id)).line).toMatchObject({ waiting: 0, decided: 0 });
});

it('a purchase that completes after its buyer has left does not navigate them back', async () => {
  const sale = await client.createSale({ stock: 3 });
  const page = await shop.visit('/');
  await page.clock.install();
  await page.goto(`${shop.system.url}/sales/${sale.id}`);
  const isTicket = (url: URL) => url.pathname === `/api/sales/${sale.id}/tickets`;
  await page.route(isTicket, (route) => route.abort());
  await buyAsGuest(page, 'wanderer@example.com');
  await page.getByText('We cannot be reached.').waitFor();
  await toAccount(page);
  await page.unroute(isTicket);
  await page.clock.fastForward(20_000);
  await page.getByText('Still open').waitFor();
  expect(new URL(page.url()).pathname).toBe('/account');
});

it('after signing out, Back shows nothing of the previous user', async () => {
  const sale = await client.createSale({ stock: 3 });
  const page = await shop.visit(`/sales/${sale.id}`);
  await buyAsGuest(page, 'gone@example.com');
  await heading(page, 'It is yours, for now.');
  await page.getByLabel('Card number').waitFor();
  await toAccount(page);
  await page.getByRole('link', { name: '1 × Product 1' }).waitFor();
  await expectAccessible(page);
  await signOutGuest(page);
  await heading(page, 'Sign in');
  await page.goBack();
  await heading(page, 'An order');
  await page.getByText('You are not signed in.').waitFor();
  expect(await page.getByLabel('Card number').count()).toBe(0);
  await expectAccessible(page);
  await register(page, 'next@example.com');
  await page.getByText('We cannot show you this order.').waitFor();
  expect(await page.getByLabel('Card number').count()).toBe(0);
});

it('reloads on a line that loses answers sign nobody out', async () => {
  const sale = await client.createSale({ stock: 3 });
  const page = await shop.visit(`/sales/${sale.id}`);
  let renewals = 0;
  let isLost = false;
  await page.route(
    (url) => url.pathname === '/api/auth/refresh',
    async (route) => {
      renewals++;
      const response = await route.fetch();
      await (isLost ? route.abort() : route.fulfill({ response }));
    },
  );
  await buyAsGuest(page, 'tunnel@example.com');
  await heading(page, 'It is yours, for now.');
  await page.reload();
  await heading(page, 'It is yours, for now.');
  expect(renewals).toBe(0);
  // The access token is used up.
  await page.evaluate(() => {
    const kept = JSON.parse(localStorage.getItem('fairline.session') ?? '');
    const access = { ...kept.access, validUntilMs: 0 };
    localStorage.setItem('fairline.session', JSON.stringify({ ...kept, access }));
  });
  isLost = true;
  for (let reloads = 1; reloads <= 3; reloads++) {
    const before = renewals;
    await page.reload();
    await page.waitForRequest((request) => request.url().endsWith('/api/auth/refresh'));
    await expect.poll(() => renewals).toBeGreaterThan(before);
  }
  isLost = false;
  await page.reload();
  await heading(page, 'It is yours, for now.');
});

it('the link in a mail shows the order on another device, and that order only', async () => {
  const sale = await client.createSale({ stock: 3 });
  const page = await shop.visit(`/sales/${sale.id}`);
  await buyAsGuest(page, 'here@example.com');
  await heading(page, 'It is yours, for now.');
  const [, orderId = ''] = /orders\/([\w-]+)/.exec(page.url()) ?? [];
  const linkTo = () => newestLink(shop.system.db, orderId, 'here@example.com');
  const link = await linkTo();

  const elsewhere = await shop.visit(link);
  await heading(elsewhere, 'It is yours, for now.');
  expect(elsewhere.url()).toBe(`${shop.system.url}/orders/${orderId}`);
  await expectAccessible(elsewhere);
  await elsewhere.reload();
  await payWith(elsewhere, '4242424242424242');
  await heading(elsewhere, 'It is yours.');
  expect(await elsewhere.getByText('A confirmation goes to').count()).toBe(0);
  await elsewhere.goto(`${shop.system.url}/account`);
  await heading(elsewhere, 'Sign in');
  await heading(page, 'It is yours.');

  const forged = await shop.visit(`/orders/${orderId}#key=${'A'.repeat(43)}`);
  await forged.getByText('This link no longer works.').waitFor();
  await expectAccessible(forged);
  await forged.reload();
  await heading(forged, 'An order');
  await forged.getByText('You are not signed in.').waitFor();
  // The newest link, in the same tab: only the key changes.
  await forged.evaluate((url) => location.assign(url), await linkTo());
  await heading(forged, 'It is yours.');
  expect(forged.url()).toBe(`${shop.system.url}/orders/${orderId}`);
});

it('what is free is confirmed by the link in a mail', async () => {
  const sale = await client.createSale({ products: [{ stock: 3, amount: 0 }] });
  const page = await shop.visit(`/sales/${sale.id}`);
  await page.getByRole('button', { name: 'Get it for free' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('E-mail').fill('gratis@example.com');
  await dialog.getByRole('button', { name: 'Get it for free' }).click();
  await heading(page, 'It is yours, for now.');
  const [, orderId = ''] = /orders\/([\w-]+)/.exec(page.url()) ?? [];
  const elsewhere = await shop.visit(
    await newestLink(shop.system.db, orderId, 'gratis@example.com'),
  );
  await elsewhere.getByRole('button', { name: 'Confirm' }).click();
  await heading(elsewhere, 'It is yours.');
});

/** The link of a new mail, once the API has written the buyer's address down. */
async function newestLink(db: Db, orderId: string, email: string): Promise<string> {
  let link: string | undefined;
  await expect
    .poll(async () => {
      link = await orderLink(db, orderId, { email, publicUrl: '' });
      return link;
    })
    .toBeDefined();
  return link ?? '';
}

async function toAccount(page: Page): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: 'Your orders' }).click();
  await heading(page, 'Your orders');
}

async function signOutGuest(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign out?' });
  await dialog.getByText('You will not see these orders here again.').waitFor();
  await dialog.getByRole('button', { name: 'Sign out' }).click();
}
