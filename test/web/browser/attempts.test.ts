import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { expectAccessible, heading, openPage, openShop, type Shop } from '../../support/browser.ts';
import { Client } from '../../support/client.ts';
import { buyAsGuest, PASSWORD, register } from '../../support/purchase.ts';

const DAYS_MS = 3 * 86_400_000;

let shop: Shop;
let client: Client;
beforeAll(async () => {
  shop = await openShop();
  client = new Client(shop.system.url);
});
afterAll(() => shop.stop());

it('an attempt from days ago resumes only on request, with its key', async () => {
  const sale = await client.createSale({ stock: 3 });
  const page = await shop.visit(`/sales/${sale.id}`);
  // The request arrives, its answer is lost.
  const first = await onTicket(page, sale, async (route) => {
    await route.fetch();
    await route.abort();
  });
  await buyAsGuest(page, 'later@example.com');
  await page.getByText('We cannot be reached.').waitFor();
  const next = await laterPage(page, sale);
  const later = await onTicket(next, sale, (route) => route.continue());
  await next.reload();
  await next
    .getByText(/^You wanted 1 × Product 1 on \w+day .*, and the answer got lost\.$/)
    .waitFor();
  await expectAccessible(next);
  expect(later).toEqual([]);
  await next.getByRole('button', { name: 'Continue' }).click();
  await heading(next, 'It is yours, for now.');
  expect(first[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(later).toEqual([first[0]]);
  await expect.poll(async () => (await client.sale(sale.id)).products[0]?.stock.held).toBe(1);
});

it('an attempt from days ago is dropped, and nothing is bought', async () => {
  const sale = await client.createSale({ stock: 3 });
  const page = await shop.visit(`/sales/${sale.id}`);
  const first = await onTicket(page, sale, (route) => route.abort());
  await buyAsGuest(page, 'never@example.com');
  await page.getByText('We cannot be reached.').waitFor();
  const next = await laterPage(page, sale);
  const later = await onTicket(next, sale, (route) => route.continue());
  await next.getByRole('button', { name: 'Never mind' }).click();
  await expect.poll(() => next.getByText('You wanted').count()).toBe(0);
  expect(await stored(next)).toBe('[]');
  // Buying again starts a new attempt.
  await next.getByRole('button', { name: /^Buy for/ }).click();
  await heading(next, 'It is yours, for now.');
  expect(later).toHaveLength(1);
  expect(later[0]).not.toBe(first[0]);
});

it('an attempt whose page was left is not retried forever: its buyer is asked', async () => {
  const sale = await client.createSale({ stock: 3 });
  const page = await shop.visit('/');
  await page.clock.install();
  await page.goto(`${shop.system.url}/sales/${sale.id}`);
  const sent = await onTicket(page, sale, (route) => route.abort());
  await buyAsGuest(page, 'left@example.com');
  await page.getByText('We cannot be reached.').waitFor();
  await page.getByRole('link', { name: 'Fairline, all sales' }).click();
  await page.getByRole('link', { name: 'Sale' }).first().waitFor();
  await page.clock.fastForward(600_000);
  await expect.poll(() => stored(page)).toContain('"setAside":true');
  const before = sent.length;
  await page.goBack();
  await page.getByText('You wanted 1 × Product 1').waitFor();
  await page.clock.fastForward(60_000);
  expect(await stored(page)).toContain('"setAside":true');
  expect(sent).toHaveLength(before);
});

it('a refused attempt is not sent again by opening the sale again', async () => {
  const sale = await client.createSale({ stock: 3 });
  const page = await shop.visit(`/sales/${sale.id}`);
  const sent = await onTicket(page, sale, (route) =>
    route.fulfill({
      status: 429,
      contentType: 'application/problem+json',
      headers: { 'retry-after': '1' },
      body: JSON.stringify({ code: 'too_many_requests', status: 429, detail: 'too often' }),
    }),
  );
  await buyAsGuest(page, 'often@example.com');
  await page.getByText('That was a little too often.').waitFor();
  expect(await stored(page)).toBe('[]');
  await page.reload();
  await page.getByRole('link', { name: 'Your orders' }).waitFor();
  await page.getByRole('button', { name: /^Buy for/ }).waitFor();
  expect(sent).toHaveLength(1);
});

it('a cart that has changed meanwhile is not checked out', async () => {
  const sale = await client.createSale({ stock: 3 });
  const page = await shop.visit('/account');
  await register(page, 'changed@example.com');
  await heading(page, 'Your orders');
  await page.goto(`${shop.system.url}/sales/${sale.id}`);
  await page.getByRole('button', { name: 'Add to the cart' }).click();
  await page.getByRole('link', { name: 'Your cart (1)' }).click();
  let tries = 0;
  await page.route(
    (url) => url.pathname.endsWith('/cart/checkout'),
    (route) => {
      tries++;
      return route.abort();
    },
  );
  await page.getByRole('button', { name: /^Buy all for/ }).click();
  await page.getByText('We cannot be reached.').waitFor();

  const { token } = await signedIn('changed@example.com');
  await client.call('PUT', `/api/sales/${sale.id}/cart/items/${sale.products[0]?.id}`, {
    token,
    body: { quantity: 2 },
  });
  const before = tries;
  await page.getByText('Your cart has changed.').waitFor();
  expect(await stored(page)).toBe('[]');
  expect(tries - before).toBeLessThanOrEqual(1); // one had looked at the cart before it changed
  expect((await client.sale(sale.id)).line).toMatchObject({ waiting: 0, decided: 0 });
});

/** Answers requests for a place, and records their keys. */
async function onTicket(page: Page, { id }: SaleView, answer: (route: Route) => Promise<void>) {
  const keys: (string | undefined)[] = [];
  await page.route(
    (url) => url.pathname === `/api/sales/${id}/tickets`,
    async (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      await answer(route);
    },
  );
  return keys;
}

/** The sale in the same browser, days after the page was closed. */
async function laterPage(page: Page, { id }: SaleView): Promise<Page> {
  const context = page.context();
  await page.close();
  await context.clock.install({ time: Date.now() + DAYS_MS });
  const later = await openPage(context, `${shop.system.url}/sales/${id}`);
  await later.getByText('You wanted').waitFor();
  return later;
}

function stored(page: Page): Promise<string | null> {
  return page.evaluate("localStorage.getItem('fairline.attempts')");
}

async function signedIn(email: string): Promise<{ token: string }> {
  const body = { email, password: PASSWORD };
  const answer = await client.call<{ accessToken: string }>('POST', '/api/auth/login', { body });
  return { token: answer.body.accessToken };
}
