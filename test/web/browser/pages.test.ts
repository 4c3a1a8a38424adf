import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, heading, openShop, type Shop } from '../../support/browser.ts';
import { Client } from '../../support/client.ts';
import { buyAsGuest } from '../../support/purchase.ts';

let shop: Shop;
let client: Client;
beforeAll(async () => {
  shop = await openShop();
  client = new Client(shop.system.url);
});
afterAll(() => shop.stop());

it.each(['light', 'dark'] as const)('every page is accessible, %s', async (scheme) => {
  const look = scheme === 'dark' ? 'colors' : undefined;
  const sale = await client.createSale({ products: [{ stock: 3 }, { stock: 0 }] });
  const page = await shop.visit('/', { colorScheme: scheme });
  await page.getByRole('heading', { name: 'On now' }).waitFor();
  await expectAccessible(page, look);
  for (const [path, title] of [
    [`/sales/${sale.id}`, 'Sale'],
    [`/sales/${sale.id}/cart`, 'Your cart'],
    [`/sales/${sale.id}/proof`, 'Check this sale'],
    ['/account', 'Sign in'],
    ['/nowhere', 'Nothing here'],
    ['/sales/nowhere', 'A sale'],
    ['/sales/nowhere/proof', 'Check this sale'],
    ['/orders/nowhere', 'An order'],
    ['/tickets/nowhere', 'A place in line'],
  ] as const) {
    await page.goto(`${shop.system.url}${path}`);
    await heading(page, title);
    await expectAccessible(page, look);
  }
});

it('a sale with a challenge is bought in after it is solved', async () => {
  const sale = await client.createSale({ stock: 3, challenge: true });
  const page = await shop.visit(`/sales/${sale.id}`);
  await buyAsGuest(page, 'person@example.com');
  await heading(page, 'It is yours, for now.');
});

it('a lost answer does not buy twice: a reload resumes the attempt with its key', async () => {
  const sale = await client.createSale({ stock: 3 });
  const page = await shop.visit(`/sales/${sale.id}`);
  const isTicket = (url: URL) => url.pathname === `/api/sales/${sale.id}/tickets`;
  const keys: (string | undefined)[] = [];
  // The request arrives, its answer is lost.
  await page.route(isTicket, async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    await route.fetch();
    await route.abort();
  });
  await buyAsGuest(page, 'lost@example.com');
  await page.getByText('We cannot be reached.').waitFor();
  await page.unroute(isTicket);
  await page.reload();
  await heading(page, 'It is yours, for now.');
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  // Public answers about a sale are up to half a second old.
  await expect
    .poll(async () => (await client.sale(sale.id)).products[0]?.stock)
    .toMatchObject({ available: 2, held: 1 });
});

it('a page without network says so, and continues when it is back', async () => {
  const sale = await client.createSale({ stock: 3 });
  const page = await shop.visit(`/sales/${sale.id}`);
  await page.getByText('3 of 3 left').first().waitFor();
  await page.context().setOffline(true);
  await page.getByText('You are offline.').waitFor();
  await client.buy(sale, await client.token('meanwhile'));
  await page.context().setOffline(false);
  await page.getByText('2 of 3 left').first().waitFor();
  expect(await page.getByText('You are offline.').count()).toBe(0);
});
