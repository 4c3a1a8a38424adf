import { afterAll, beforeAll, expect, it } from 'vitest';
import { heading, openShop, type Shop } from '../../support/browser.ts';
import { Client } from '../../support/client.ts';

let shop: Shop;
let client: Client;
beforeAll(async () => {
  shop = await openShop();
  client = new Client(shop.system.url);
});
afterAll(() => shop.stop());

/** A page of a sale, and how often it has requested events. */
async function watch() {
  const sale = await client.createSale({ stock: 5 });
  const page = await shop.visit('/');
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/events')) asked.push(request.url());
  });
  await page.clock.install();
  const events = page.waitForRequest(/events$/);
  await page.goto(`${shop.system.url}/sales/${sale.id}`);
  await heading(page, 'Sale');
  await events;
  return { sale, page, asked };
}

it('a silent stream is reopened', async () => {
  const { page, asked } = await watch();
  expect(asked).toHaveLength(1);
  const again = page.waitForRequest(/events$/);
  await page.clock.fastForward(41_000); // events during this time are lost
  await again;
  expect(asked).toHaveLength(2);
});

it('a hidden page keeps no stream, and is up to date when shown again', async () => {
  const { sale, page, asked } = await watch();
  const closed = page.waitForEvent('requestfailed', (request) => /events$/.test(request.url()));
  await look(false);
  await closed;
  const { ticketId } = await client.buy(sale, await client.token('other'));
  await client.call('GET', `/api/tickets/${ticketId}?wait=10`, {
    token: await client.token('other'),
  });
  await look(true);
  await page
    .getByRole('meter', { name: 'Stock of Product 1' })
    .getByText('4 of 5 left')
    .waitFor({ state: 'attached' });
  expect(asked).toHaveLength(2);

  function look(isSeen: boolean) {
    return page.evaluate((seen) => {
      Object.defineProperty(document, 'hidden', { configurable: true, value: !seen });
      document.dispatchEvent(new Event('visibilitychange'));
    }, isSeen);
  }
});
