import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderView } from '../../../src/api/schemas/order.ts';
import { expectAccessible, heading, openPage, openShop, type Shop } from '../../support/browser.ts';
import { Client } from '../../support/client.ts';
import { buyAsGuest, payWith } from '../../support/purchase.ts';

const CARD = '4242424242424242';
const ON_ITS_WAY = 'Your payment is on its way.';
const isConfirm = (url: URL) => url.pathname.endsWith('/confirm');

let shop: Shop;
let client: Client;
beforeAll(async () => {
  shop = await openShop();
  client = new Client(shop.system.url);
});
afterAll(() => shop.stop());

it('a payment whose answer got lost is not shown as declined', async () => {
  const page = await hold('lost@example.com');
  const free = await stopOrder(page);
  let sent = 0;
  await page.route(isConfirm, async (route) => {
    sent++;
    if (sent > 1) return route.continue();
    // The card is charged, and the answer is lost.
    await route.fetch();
    await route.abort();
  });
  await payWith(page, CARD);
  await page.getByText(ON_ITS_WAY).waitFor();
  expect(sent).toBe(2);
  expect(await page.getByText('Nothing was charged').count()).toBe(0);
  free();
  await heading(page, 'It is yours.');
});

it('of two tabs that pay one order neither says that nothing was charged', async () => {
  const page = await hold('twice@example.com');
  const other = await openPage(page.context(), page.url());
  await other.getByLabel('Card number').waitFor();
  const free = await Promise.all([page, other].map(stopOrder));
  for (const tab of [page, other]) {
    await payWith(tab, CARD);
    await tab.getByText(ON_ITS_WAY).waitFor();
    expect(await tab.getByText('Nothing was charged').count()).toBe(0);
  }
  for (const go of free) go();
  for (const tab of [page, other]) await heading(tab, 'It is yours.');
});

it('a payment that fails after processing can be made again', async () => {
  const page = await hold('again@example.com');
  const status = { now: 'requires_payment_method' };
  await page.route(isOrder, async (route) => {
    const response = await route.fetch();
    const order = (await response.json()) as OrderView;
    const payments = order.payments?.map((one) => ({ ...one, status: status.now }));
    await route.fulfill({ response, json: { ...order, payments } });
  });
  await page.route(isConfirm, async (route) => {
    status.now = 'processing';
    await route.fulfill({ json: { status: 'processing' } });
  });
  const answered = page.waitForResponse(async (response) => {
    return isOrder(new URL(response.url())) && (await response.text()).includes('processing');
  });
  await payWith(page, CARD);
  await page.getByText(ON_ITS_WAY).waitFor();
  await answered;
  status.now = 'requires_payment_method';
  await page.getByLabel('Card number').waitFor();
  expect(await page.getByText(ON_ITS_WAY).count()).toBe(0);
  await page.unroute(isConfirm);
  await page.unroute(isOrder);
  await payWith(page, CARD);
  await heading(page, 'It is yours.');
});

it('what is free is confirmed by a button, and asks for no card', async () => {
  const sale = await client.createSale({ products: [{ stock: 3, amount: 0 }] });
  const page = await shop.visit(`/sales/${sale.id}`);
  await page.locator('.product-price').getByText('Free').waitFor();
  await buyAsGuest(page, 'free@example.com');
  await heading(page, 'It is yours, for now.');
  expect(await page.getByLabel('Card number').count()).toBe(0);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Confirm', exact: true }).press('Enter');
  await heading(page, 'It is yours.');
  expect(shop.system.stripe.intents().some(({ amount }) => amount === 0)).toBe(false);
});

function isOrder({ pathname }: URL): boolean {
  return /^\/api\/orders\/[^/]+$/.test(pathname);
}

/** A guest with a held order. */
async function hold(email: string): Promise<Page> {
  const sale = await client.createSale({ stock: 3 });
  const page = await shop.visit(`/sales/${sale.id}`);
  await buyAsGuest(page, email);
  await heading(page, 'It is yours, for now.');
  await page.getByLabel('Card number').waitFor();
  return page;
}

/** Blocks a page's requests for its order. @returns unblocks them */
async function stopOrder(page: Page): Promise<() => void> {
  const isFree = Promise.withResolvers<void>();
  await page.route(isOrder, async (route: Route) => {
    await isFree.promise;
    await route.continue();
  });
  return isFree.resolve;
}
