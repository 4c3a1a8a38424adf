import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { expectAccessible, heading, openShop, type Shop } from '../../support/browser.ts';
import { Payer } from '../../support/payments.ts';

const ADMIN = { email: 'seller@example.com', password: 'a long password for the seller' };
const DESK = { width: 1_280, height: 800 };

let shop: Shop;
let payer: Payer;
beforeAll(async () => {
  shop = await openShop({ auth: { admin: ADMIN } });
  payer = new Payer(shop.system);
});
afterAll(() => shop.stop());

it('a seller makes a sale, sees it sell, refunds an order, and finds it in the trail', async () => {
  const page = await enter('/admin');
  await heading(page, 'Sales');
  await page.getByRole('link', { name: 'New sale' }).click();
  const sale = await makeSale(page);
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Start now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start now' }).click();
  await page.getByText('Open', { exact: true }).waitFor();

  const holder = await payer.holdAndPay(sale, 'pm_card_visa', 'buyer@example.com');
  await payer.until(holder, 'paid');
  await tile(page, 'Revenue', '€149.50');
  await tile(page, 'Paid orders', '1');
  await page.getByRole('img', { name: '1 sold, 0 held, 2 available' }).waitFor();
  await page.getByText('1 unit sold and 0 units expired in the last hour.').waitFor();
  await expectAccessible(page);

  await page.getByRole('link', { name: 'Orders' }).click();
  await page.getByLabel('Find an order').fill(holder.orderId);
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByText(holder.paymentIntentId).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Refund', exact: true }).click();
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Refund €149.50' }).click();
  await page.getByText('refunded: requested by an admin').waitFor();
  expect(await payer.order(holder)).toMatchObject({ status: 'refunded' });
  await expect
    .poll(async () => (await payer.sale(sale.id)).products[0]?.stock)
    .toMatchObject({ available: 3, sold: 0 });

  await page.getByRole('navigation', { name: 'Drop' }).getByRole('link', { name: 'Trail' }).click();
  const refund = page.getByRole('listitem').filter({ hasText: 'Order refunded' });
  await refund.getByText('seller@example.com').waitFor();
  await refund.getByRole('deletion').getByText('paid', { exact: true }).waitFor();
  await refund.getByRole('insertion').getByText('refunded', { exact: true }).first().waitFor();
  await expectAccessible(page);
});

it('a seller refunds a part of an order, and one of its units', async () => {
  const sale = await payer.createSale({ stock: 5, perBuyerLimit: 3 });
  const holder = await payer.hold(sale, 2);
  await payer.confirm(await payer.payment(holder.orderId, holder.token));
  await payer.until(holder, 'paid');
  const page = await enter(`/admin/sales/${sale.id}/orders`);
  await page.getByLabel('Find an order').fill(holder.orderId);
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('button', { name: 'Refund', exact: true }).click();
  const dialog = page.getByRole('dialog');
  const amount = dialog.getByLabel('Amount');
  expect(await amount.inputValue()).toBe('20.00');
  await amount.fill('20.01');
  await dialog.getByText('More than 0, and at most €20.00.').waitFor();
  await amount.fill('7,50');
  await dialog.getByRole('button', { name: 'One more Product 1' }).press('Enter');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Refund €7.50' }).press('Enter');
  await page.getByText('€7.50 refunded: requested by an admin').waitFor();
  await page.getByText('1 given back').waitFor();
  await page.getByRole('button', { name: 'Refund more' }).waitFor();
  expect(await payer.order(holder)).toMatchObject({
    ...{ status: 'paid', amountRefunded: 750, items: [{ quantity: 2, returned: 1 }] },
  });
  await expectAccessible(page);
});

it('what can no longer change is locked, with the reason', async () => {
  const sale = await payer.createSale({ name: 'Running', stock: 4, perBuyerLimit: 1 });
  const page = await enter(`/admin/sales/${sale.id}/settings`);
  await heading(page, 'Running');
  expect(await page.getByLabel('Starts').isDisabled()).toBe(true);
  expect(await page.getByLabel('Price').isDisabled()).toBe(true);
  expect(await page.getByLabel('Waitlist').isDisabled()).toBe(true);
  await page.getByText('Prices and currencies can no longer change').waitFor();
  await expectAccessible(page);

  await page.getByLabel('Units per buyer').fill('none');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Write a whole number').waitFor();
  await page.getByLabel('Units per buyer').fill('3');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('It applies to decisions from now on.').waitFor();
  await expect
    .poll(() => payer.sale(sale.id))
    .toMatchObject({ perBuyerLimit: 3, startsAt: sale.startsAt });
});

it('offers of the waitlist get a time of their own, and lose it again', async () => {
  const sale = await payer.createSale({ name: 'Offers', stock: 4, waitlist: true });
  const page = await enter(`/admin/sales/${sale.id}/settings`);
  await heading(page, 'Offers');
  const own = page.getByLabel('Another time to pay for offers');
  await own.check();
  await page.getByLabel('Time to pay for offers', { exact: true }).fill('0');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('At least 1.').waitFor();
  await page.getByLabel('Time to pay for offers', { exact: true }).fill('3');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(async () => (await payer.sale(sale.id)).offerSeconds).toBe(180);
  await own.uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(async () => (await payer.sale(sale.id)).offerSeconds).toBe(600);
});

it('times are typed in the zone of the sale, also in the hour that comes twice', async () => {
  const startsAt = new Date('2099-10-01T08:00:00Z');
  const endsAt = new Date('2099-10-02T08:00:00Z');
  const sale = await payer.createSale({ name: 'Zoned', startsAt, endsAt });
  const page = await enter(`/admin/sales/${sale.id}/settings`);
  await page.getByLabel('Time zone').selectOption('Europe/Berlin');
  expect(await page.getByLabel('Starts').inputValue()).toBe('2099-10-01T10:00');
  await page.getByLabel('Starts').fill('2099-03-29T02:30');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('There is no such time in Europe/Berlin').waitFor();
  await page.getByLabel('Starts').fill('2099-10-01T10:30');
  await page.getByLabel('Ends').fill('2099-10-25T02:30');
  await page.getByText('this time comes twice').waitFor();
  await expectAccessible(page);
  await page.getByLabel('The second time, GMT+1').check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect
    .poll(() => payer.sale(sale.id))
    .toMatchObject({
      timeZone: 'Europe/Berlin',
      startsAt: '2099-10-01T08:30:00.000Z',
      endsAt: '2099-10-25T01:30:00.000Z',
    });
  await page.reload();
  expect(await page.getByLabel('The second time, GMT+1').isChecked()).toBe(true);
  const reader = await shop.visit(`/sales/${sale.id}`, { timezoneId: 'UTC' });
  await reader.getByText('Thu 1 Oct, 10:30 CEST (08:30 your time)').waitFor();
});

it('typed settings stay when a product is added meanwhile', async () => {
  const sale = await payer.createSale({ name: 'Typed', stock: 4 });
  const page = await enter(`/admin/sales/${sale.id}/settings`);
  await page.getByLabel('Name', { exact: true }).fill('Typed anew');
  const added = await payer.call('POST', `/api/admin/sales/${sale.id}/products`, {
    token: await payer.token('seller', 'admin'),
    body: { name: 'Came later', amount: 700, currency: 'eur', stock: 2 },
  });
  expect(added.status).toBe(201);
  await expect.poll(() => page.getByLabel('Product name').count()).toBe(2);
  expect(await page.getByLabel('Product name').nth(1).inputValue()).toBe('Came later');
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Typed anew');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('It applies to decisions from now on.').waitFor();
  await expect.poll(async () => (await payer.sale(sale.id)).name).toBe('Typed anew');
});

it('a lost answer to a restock does not add twice', async () => {
  const sale = await payer.createSale({ name: 'Restocked', stock: 4 });
  const page = await enter(`/admin/sales/${sale.id}`);
  await page.getByRole('button', { name: 'Restock Product 1' }).click();
  await page.getByRole('dialog').getByLabel('Units').fill('-9');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('Only 4 are free').waitFor();

  const isRestock = (url: URL) => url.pathname.endsWith('/restock');
  const keys: (string | undefined)[] = [];
  await page.route(isRestock, async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length > 1) return route.continue();
    // The first request arrives; its answer is lost.
    await route.fetch();
    await route.abort();
  });
  await page.getByRole('dialog').getByLabel('Units').fill('+6');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await page.getByText('Product 1 has 10 units now.').waitFor();
  expect(keys).toHaveLength(2);
  expect(keys[1]).toBe(keys[0]);
  await expect.poll(async () => (await payer.sale(sale.id)).products[0]?.stock.total).toBe(10);
});

it('a restock in flight is not sent twice when its dialog is closed and opened again', async () => {
  const sale = await payer.createSale({ name: 'Impatient', stock: 4 });
  const page = await enter(`/admin/sales/${sale.id}`);
  const keys = new Set<string | undefined>();
  let isAway = true;
  await page.route(
    (url) => url.pathname.endsWith('/restock'),
    (route) => {
      keys.add(route.request().headers()['idempotency-key']);
      return isAway ? route.abort() : route.continue();
    },
  );
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Restock Product 1' }).click();
  await dialog.getByLabel('Units').fill('+10');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await dialog.getByText('We cannot be reached.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('Units per buyer').waitFor();
  await page.getByRole('link', { name: 'Live' }).click();
  await page.getByRole('button', { name: 'Restock Product 1' }).click();
  await dialog.getByText('+10 is still being sent.').waitFor();
  expect(await dialog.getByLabel('Units').inputValue()).toBe('+10');
  await expectAccessible(page);
  await dialog.getByLabel('Units').press('Enter');
  isAway = false;
  await page.getByText('Product 1 has 14 units now.').waitFor();
  await expect.poll(() => dialog.getByText('is still being sent').count()).toBe(0);
  expect(keys.size).toBe(1);
  await expect.poll(async () => (await payer.sale(sale.id)).products[0]?.stock.total).toBe(14);
});

it('a webhook is added, its secret shown once, and removed', async () => {
  const sale = await payer.createSale({ name: 'Told', stock: 1 });
  const page = await enter(`/admin/sales/${sale.id}/webhooks`);
  await page.getByRole('button', { name: 'Add a webhook' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address').fill('no address');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await dialog.getByText('Enter an address that starts with https://').waitFor();
  await dialog.getByLabel('Address').fill('http://127.0.0.1:9/hook');
  await dialog.getByLabel('Order offered').uncheck();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Add' }).click();
  await dialog.getByText(/^whsec_/).waitFor();
  await dialog.getByRole('button', { name: 'I have saved it' }).click();
  expect(await page.getByText(/whsec_/).count()).toBe(0);

  await page.getByRole('button', { name: 'Show deliveries' }).click();
  await page.getByText('Nothing has been sent yet.').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await page.getByText('No webhooks yet.').waitFor();
});

it('the matching orders are downloaded as a file', async () => {
  const sale = await payer.createSale({ name: 'Filed', stock: 5 });
  const paid = await payer.holdAndPay(sale);
  await payer.until(paid, 'paid');
  const held = await payer.hold(sale);
  const page = await enter(`/admin/sales/${sale.id}/orders`);
  // A browser without a file picker: a native dialog could not be answered here.
  await page.evaluate('delete window.showSaveFilePicker');
  await page.getByRole('checkbox', { name: 'Paid' }).check();
  await expect.poll(() => page.getByRole('button', { name: /Product 1/ }).count()).toBe(1);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download CSV' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('filed-orders.csv');
  const csv = await readFile(await file.path(), 'utf8');
  expect(csv).toContain(paid.orderId);
  expect(csv).not.toContain(held.orderId);
});

it('an order is found by an address, which can be corrected', async () => {
  const sale = await payer.createSale({ name: 'Mistyped' });
  await payer.hold(sale, 1, 'mia@exmaple.com');
  const page = await enter(`/admin/sales/${sale.id}/orders`);
  const search = page.getByLabel('Find an order');
  // An address is written down a second after its buyer was first seen.
  await expect
    .poll(async () => {
      await search.fill('mia@ex');
      await search.press('Enter');
      return page.getByText('mia@exmaple.com').count();
    })
    .toBe(1);
  await page.getByRole('button', { name: 'Correct the address' }).click();
  const dialog = page.getByRole('dialog', { name: 'Correct the address' });
  await dialog.getByLabel('E-mail').fill('nobody');
  await dialog.getByRole('button', { name: 'Correct and send again' }).click();
  await dialog.getByText('Enter an e-mail address.').waitFor();
  await dialog.getByLabel('E-mail').fill('mia@example.com');
  await expectAccessible(page);
  await dialog.getByLabel('E-mail').press('Enter');
  await page.getByText('mia@example.com').waitFor();
});

it('the link to the queues opens the dashboard', async () => {
  const page = await enter('/admin');
  await page.getByRole('button', { name: 'Queues' }).click();
  await page.waitForURL('**/admin/queues**');
  expect(await page.title()).not.toContain('Control room');
});

it('a buyer sees that the page is for admins, a signed-out visitor signs in', async () => {
  const page = await shop.visit('/admin/trail', { viewport: DESK });
  await heading(page, 'Control room');
  await expectAccessible(page);
  const buyer = { email: 'curious@example.com', password: 'a long password of a buyer' };
  const made = await payer.call('POST', '/api/auth/register', { body: buyer });
  expect(made.status).toBe(201);
  const field = page.getByLabel('Password');
  expect(await field.getAttribute('type')).toBe('password');
  expect(await field.getAttribute('autocomplete')).toBe('current-password');
  await signIn(page, buyer.email, 'not the password');
  await page.getByText('The e-mail address or the password is wrong.').waitFor();
  await signIn(page, buyer.email, buyer.password);
  await heading(page, 'Admins only');
  await expectAccessible(page);
});

it.each(['light', 'dark'] as const)('every page is accessible, %s', async (scheme) => {
  const look = scheme === 'dark' ? 'colors' : undefined;
  const sale = await payer.createSale({
    name: 'Looked at',
    products: [{ stock: 2 }, { stock: 0 }],
  });
  await payer.hold(sale);
  const page = await enter('/admin', {
    viewport: { width: 390, height: 844 },
    colorScheme: scheme,
  });
  for (const [path, title] of [
    ['', 'Sales'],
    ['/sales/new', 'New sale'],
    ['/trail', 'Trail'],
    ['/nowhere', 'Nothing here'],
    ...['', '/settings', '/orders', '/webhooks', '/trail'].map(
      (part) => [`/sales/${sale.id}${part}`, 'Looked at'] as const,
    ),
  ] as const) {
    await page.goto(`${shop.system.url}/admin${path}`);
    await heading(page, title);
    await expectAccessible(page, look);
    const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(wider, `${path} is wider than a phone`).toBeLessThanOrEqual(0);
  }
});

/** A signed-in admin, at a path of the control room. */
async function enter(path: string, options: Parameters<Shop['visit']>[1] = {}): Promise<Page> {
  // No transitions: half-faded elements would fail the contrast check.
  const page = await shop.visit(path, { viewport: DESK, reducedMotion: 'reduce', ...options });
  await signIn(page, ADMIN.email, ADMIN.password);
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  return page;
}

async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Fills in the form of a sale with two products, with a mistake first. */
async function makeSale(page: Page): Promise<SaleView> {
  await heading(page, 'New sale');
  await page.getByLabel('Name', { exact: true }).fill('Drop');
  await page.getByRole('button', { name: 'Add another product' }).click();
  for (const [at, { name, price, units }] of [
    { name: 'Sneaker', price: '1,490', units: '3' },
    { name: 'Laces', price: '5', units: '10' },
  ].entries()) {
    const product = page.getByRole('group', { name: `Product ${at + 1}` });
    await product.getByLabel('Product name').fill(name);
    await product.getByLabel('Price').fill(price);
    await product.getByLabel('Units').fill(units);
  }
  await page.getByRole('button', { name: 'Create the sale' }).click();
  await page.getByText('thousands are not set apart').waitFor();
  await expectAccessible(page);
  const price = page.getByRole('group', { name: 'Product 1' }).getByLabel('Price');
  // The invalid field has the focus.
  expect(await price.evaluate((input) => input.matches(':focus'))).toBe(true);
  await price.fill('149,50');
  await page.getByRole('button', { name: 'Create the sale' }).click();
  await heading(page, 'Drop');
  const sale = await payer.sale(new URL(page.url()).pathname.split('/').at(-1) ?? '');
  expect(sale.products).toMatchObject([
    { name: 'Sneaker', amount: 14_950, currency: 'eur', stock: { total: 3 } },
    { name: 'Laces', amount: 500, currency: 'eur', stock: { total: 10 } },
  ]);
  return sale;
}

/** Waits until a tile of the live page shows a number. */
async function tile(page: Page, label: string, value: string): Promise<void> {
  const shown = page.locator('.number-tile').filter({ hasText: label });
  await shown.getByText(value, { exact: true }).waitFor();
}
