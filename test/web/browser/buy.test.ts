import { afterAll, beforeAll, expect, it } from 'vitest';
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

it('a guest buys and pays, after a card that was declined', async () => {
  const sale = await client.createSale({ name: 'Harbour night', stock: 5 });
  const page = await shop.visit('/');
  await page.getByRole('link', { name: 'Harbour night' }).click();
  await heading(page, 'Harbour night');
  await buyAsGuest(page, 'ann@example.com');

  await heading(page, 'It is yours, for now.');
  await payWith(page, '4000 0000 0000 9995');
  await page.getByText('insufficient funds').waitFor();
  await payWith(page, '4242 4242 4242 4242');
  await heading(page, 'It is yours.');
  expect(await page.getByText('ann@example.com').isVisible()).toBe(true);
  // Public answers about a sale are up to half a second old.
  await expect.poll(async () => (await client.sale(sale.id)).products[0]?.stock.sold).toBe(1);
  await expectAccessible(page);

  await page.getByRole('link', { name: 'Your orders' }).first().click();
  await heading(page, 'Your orders');
  await page.getByRole('link', { name: '1 × Product 1' }).waitFor();
  await page.getByText('Paid', { exact: true }).waitFor();
  await expectAccessible(page);
});

it('a keyboard is enough', async () => {
  const sale = await client.createSale({ products: [{ stock: 5 }, { stock: 5 }] });
  const page = await shop.visit(`/sales/${sale.id}`);
  await heading(page, 'Sale');
  const press = async (name: string | RegExp, key = 'Enter') => {
    const button = page.getByRole('button', { name }).last();
    await tabTo(page, await button.elementHandle());
    await page.keyboard.press(key);
  };
  await press('One more Product 2', 'Space');
  await press(/^Buy for/);
  // The dialog has focused its only field.
  await page.getByRole('dialog').getByLabel('E-mail').waitFor();
  await page.keyboard.type('key@example.com');
  await page.keyboard.press('Enter');
  await heading(page, 'It is yours, for now.');
  await tabTo(page, await page.getByLabel('Card number').elementHandle());
  await page.keyboard.type('4242424242424242');
  await page.keyboard.press('Tab');
  await page.keyboard.type('1240');
  await page.keyboard.press('Tab');
  await page.keyboard.type('123');
  await page.keyboard.press('Enter');
  await heading(page, 'It is yours.');
});

it('of two browsers after the last unit one gets it, and the other sees why not', async () => {
  const sale = await client.createSale({ stock: 1 });
  const pages = await Promise.all([
    shop.visit(`/sales/${sale.id}`),
    shop.visit(`/sales/${sale.id}`),
  ]);
  // Neither ticket is sent before both were asked for: by then the other page would say "Sold out".
  const bothAsked = Promise.withResolvers<void>();
  let asked = 0;
  for (const page of pages) {
    await page.route(`**/api/sales/${sale.id}/tickets`, async (route) => {
      asked++;
      if (asked === pages.length) bothAsked.resolve();
      await bothAsked.promise;
      await route.continue();
    });
  }
  await Promise.all(pages.map((page, index) => buyAsGuest(page, `racer-${index}@example.com`)));
  const ends = await Promise.all(
    pages.map(async (page) => {
      await heading(page, /It is yours, for now|It was gone before your turn/);
      return page.getByRole('heading', { level: 1 }).textContent();
    }),
  );
  expect(ends.toSorted()).toEqual(['It is yours, for now.', 'It was gone before your turn.']);
  const loser = pages[ends.indexOf('It was gone before your turn.')];
  await loser?.getByText('1 of 1 unit of Product 1 was gone').waitFor();
  if (loser !== undefined) await expectAccessible(loser);
});

it('a bundle in the cart is one place in line', async () => {
  const sale = await client.createSale({ products: [{ stock: 5 }, { stock: 5 }] });
  const page = await shop.visit('/account');
  await register(page, 'cart@example.com');
  await heading(page, 'Your orders');
  await page.goto(`${shop.system.url}/sales/${sale.id}`);
  await page.getByRole('button', { name: 'One more Product 1' }).click();
  await page.getByRole('button', { name: 'One more Product 2' }).click();
  await page.getByRole('button', { name: 'Add to the cart' }).click();
  await page.getByRole('link', { name: 'Your cart (2)' }).click();
  await heading(page, 'Your cart');
  await page.getByText('Product 2', { exact: true }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: /^Buy all for/ }).click();
  await heading(page, 'It is yours, for now.');
  const held = async () => (await client.sale(sale.id)).products.map(({ stock }) => stock.held);
  await expect.poll(held).toEqual([1, 1]);
});

/** Presses Tab until an element has the focus. */
async function tabTo(
  page: Awaited<ReturnType<Shop['visit']>>,
  element: Awaited<ReturnType<ReturnType<typeof page.locator>['elementHandle']>>,
): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if (await page.evaluate((one) => document.activeElement === one, element)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('Tab does not come there');
}
