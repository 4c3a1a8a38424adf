import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { exportLog } from '../../../src/ops/export-log.ts';
import { expectAccessible, heading, openShop, type Shop } from '../../support/browser.ts';
import { Client } from '../../support/client.ts';
import {
  anotherCheckpoint,
  changeOutcome,
  dropEntry,
  promiseToNobody,
  rebuildTile,
  swapEntries,
} from '../../support/log-folder.ts';
import { LOG_VKEY } from '../../support/public-log.ts';
import { buyAsGuest } from '../../support/purchase.ts';
import { makeTempDir } from '../../support/temp-dir.ts';

let shop: Shop;
let client: Client;
/** A sale of two units to five buyers, and its exported log. */
let sale: SaleView;
let dir: string;
beforeAll(async () => {
  shop = await openShop();
  client = new Client(shop.system.url);
  sale = await client.createSale({ name: 'Harbour night', stock: 2 });
  for (const buyer of ['ann', 'bob', 'cy', 'dot', 'eve']) {
    const token = await client.token(buyer);
    const { ticketId } = await client.buy(sale, token);
    // By then it is in the log.
    await client.call('GET', `/api/tickets/${ticketId}/receipt`, { token });
  }
  dir = mkdtempSync(join(tmpdir(), 'fairline-log-'));
  const verifier = join(inject('pagesFolder'), 'verify.mjs');
  await exportLog(shop.system.db, { sale: sale.id, folder: dir, verifier });
});
afterAll(async () => {
  await shop.stop();
  rmSync(dir, { recursive: true });
});

const path = () => `/sales/${sale.id}/proof`;

it.each(['light', 'dark'] as const)('an honest sale is checked, %s', async (colorScheme) => {
  const page = await shop.visit(`/sales/${sale.id}`, { colorScheme });
  await page.getByRole('link', { name: 'Check this sale' }).click();
  await heading(page, 'Check this sale');
  await page.getByText('Everything is in order.').waitFor();
  await page.getByText('numbered from 1 to 5').waitFor();
  const picture = page.getByRole('img', { name: 'The line: 5 tickets. 2 held, 3 sold out.' });
  const [held, soldOut] = await colorsOf(page, [1, 3]);
  expect(held).toBe(await swatchOf(page, 'held'));
  expect(soldOut).toBe(await swatchOf(page, 'sold_out'));
  await page.getByRole('row', { name: 'sold out 3 3 to 5' }).waitFor();
  const number = page.getByLabel('Look up a number in line');
  await number.press('4');
  await page.getByText('Number 4: sold out').waitFor();
  await picture.click({ position: { x: 5, y: 5 } });
  await page.getByText('Number 1: held').waitFor();
  await page.getByText(`test.example+${LOG_VKEY.keyId}+`).waitFor();
  await expectAccessible(page);
});

it('a buyer saves the receipt, and sees where they stood', async () => {
  const own = await client.createSale({ stock: 2 });
  await client.buy(own, await client.token('first'));
  const page = await shop.visit(`/sales/${own.id}`);
  await buyAsGuest(page, 'ann@example.com');
  await heading(page, 'It is yours, for now.');
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save your receipt' }).click();
  const file = join(makeTempDir(), 'receipt.json');
  await (await saved).saveAs(file);
  await page.getByRole('link', { name: 'Check this sale' }).click();
  await heading(page, 'Check this sale');
  await page.getByLabel('A file that you have saved').setInputFiles(file);
  await page.getByText('Your ticket is in the log.').waitFor();
  await page.getByText('number 2 in line, held').waitFor();
  await expectAccessible(page);

  const token = await client.token('last');
  const { ticketId } = await client.buy(own, token);
  await client.call('GET', `/api/tickets/${ticketId}/receipt`, { token }); // it is in the log
  await page.getByRole('button', { name: 'Check again' }).click();
  await page.getByRole('row', { name: 'sold out 1 3' }).waitFor();
});

it.each<[string, string, (folder: string) => void]>([
  ['an outcome changed', 'outcome_wrong', changeOutcome],
  ['an entry dropped', 'line_broken', dropEntry],
  ['two swapped', 'line_broken', swapEntries],
  ['a tile rebuilt', 'tile_changed', rebuildTile],
])('finds a forgery: %s', async (_, name, forge) => {
  const folder = join(makeTempDir(), 'log');
  cpSync(dir, folder, { recursive: true });
  forge(folder);
  const page = await shop.visit('/');
  await serveLog(page, folder);
  await page.goto(`${shop.system.url}${path()}`);
  await page.getByText('This log is not what it should be.').waitFor();
  expect(await page.locator('code').filter({ hasText: name }).count()).toBe(1);
  await expectAccessible(page);
});

it('compares what somebody has kept', async () => {
  const page = await shop.visit(path());
  await page.getByText('Everything is in order.').waitFor();
  const paste = async (text: string) => {
    await page.getByLabel('The text of a receipt or a checkpoint').fill(text);
    await page.getByRole('button', { name: 'Check it' }).click();
  };
  await page.getByText('Paste it instead').click();
  await paste('nothing');
  await page.getByText('this is no receipt and no checkpoint').waitFor();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Keep this checkpoint' }).click();
  const own = readFileSync(await (await saved).path(), 'utf8');
  expect(own).toBe(readFileSync(join(dir, 'checkpoint'), 'utf8'));
  await paste(own);
  await page.getByText('Checked with what you pasted.').waitFor();
  await page.getByText('Everything is in order.').waitFor();
  await paste(JSON.stringify({ saleId: 'another', ticketTag: 'x.0' }));
  await page.getByRole('link', { name: 'Check that one' }).waitFor();
  await drop(page, promiseToNobody(dir));
  await page.getByText('Your receipt is not honoured.').waitFor();
  await page.locator('code').filter({ hasText: 'promise_broken' }).first().waitFor();
  await paste(anotherCheckpoint(dir));
  await page.locator('code').filter({ hasText: 'split_view' }).waitFor();
  await expectAccessible(page);
});

it('says so where no log is published, and where the shop cannot be reached', async () => {
  const page = await shop.visit('/');
  await page.route('**/.well-known/fairline-log-key', (route) =>
    route.fulfill({
      status: 404,
      contentType: 'application/problem+json',
      body: JSON.stringify({ code: 'log_not_published', status: 404 }),
    }),
  );
  await page.goto(`${shop.system.url}${path()}`);
  await page.getByText('This shop publishes no log of its sales.').waitFor();
  await expectAccessible(page);
  await page.unroute('**/.well-known/fairline-log-key');
  await page.route(`**/api/sales/${sale.id}/log/**`, (route) => route.abort());
  await page.reload();
  await page.getByText('We cannot be reached.').waitFor();
  await page.unroute(`**/api/sales/${sale.id}/log/**`);
  await page.getByText('Everything is in order.').waitFor();
});

/** Drops a file onto the page. */
async function drop(page: Page, text: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle((content) => {
    const data = new DataTransfer();
    data.items.add(new File([content], 'receipt.json', { type: 'application/json' }));
    return data;
  }, text);
  await page.dispatchEvent('h1', 'drop', { dataTransfer });
}

/** Answers for the shop with a log that a forger has written. */
async function serveLog(page: Page, folder: string): Promise<void> {
  const read = (name: string) => readFileSync(join(folder, name));
  await page.route(`**/api/sales/${sale.id}/proof`, (route) => {
    const proof = JSON.parse(read('proof.json').toString());
    const checkpoint = read('checkpoint').toString();
    return route.fulfill({ json: { ...proof, checkpoint } });
  });
  await page.route(`**/api/sales/${sale.id}/log/**`, (route) => {
    const [, name = ''] = route.request().url().split('/log/');
    return route.fulfill({ body: read(name) });
  });
}

/** The colours of tickets in the picture, by their numbers; all five are in one row. */
function colorsOf(page: Page, numbers: readonly number[]): Promise<string[]> {
  return page.locator('canvas').evaluate((canvas, wanted) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const context = (canvas as HTMLCanvasElement).getContext('2d');
    return wanted.map((number) => {
      const x = ((number - 0.5) * width) / 5;
      const [r, g, b] = context?.getImageData(x, height / 2, 1, 1).data ?? [];
      return `rgb(${r}, ${g}, ${b})`;
    });
  }, numbers);
}

function swatchOf(page: Page, decision: string): Promise<string> {
  const swatch = page.locator(`[data-decision="${decision}"]`);
  return swatch.evaluate((element) => getComputedStyle(element).backgroundColor);
}
