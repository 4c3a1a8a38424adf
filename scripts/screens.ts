// Takes the screenshots of the README from a running `npm start`, as a buyer and a seller see it:
// docs/screens/*.png. Best while `npm run crowd` runs.
//
//   npm run screens [-- http://localhost:3000]

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { startBrowser } from '../test/support/start-browser.ts';

const ROOT = join(import.meta.dirname, '..');
const SHOTS = join(ROOT, 'docs/screens');
const PHONE = { viewport: { width: 390, height: 780 } };
const DESK = { viewport: { width: 1_200, height: 860 } };
/** No animations. The page policy allows the script to query the progress of a curve. */
const CALM = { reducedMotion: 'reduce', bypassCSP: true } as const;

const url = process.argv[2] ?? 'http://localhost:3000';
const dataDir = join(ROOT, process.env['FAIRLINE_DATA_DIR'] ?? '.data');
const browser = await startBrowser();
mkdirSync(SHOTS, { recursive: true });
await buy();
await wait();
await sell();
await browser.close();

/** A sale, a hold, and its payment. */
async function buy(): Promise<void> {
  const page = await open('/', PHONE);
  await page.getByRole('link', { name: 'Night at the Harbour' }).click();
  await page.getByRole('button', { name: 'One more Standing' }).click();
  await shoot(page, 'sale');
  await buyAsGuest(page);
  await page.getByRole('heading', { name: 'It is yours, for now.' }).waitFor();
  await page.getByLabel('Card number').waitFor();
  await shoot(page, 'hold');
  await page.getByRole('button', { name: 'pays' }).click();
  await page.getByRole('button', { name: /^Pay / }).click();
  await page.getByRole('heading', { name: 'It is yours.', exact: true }).waitFor();
  await shoot(page, 'paid');
}

/** A place on a waitlist: three buyers want the last two pairs. */
async function wait(): Promise<void> {
  for (let people = 0; people < 10; people++) {
    const page = await open('/', { ...PHONE, colorScheme: 'dark' });
    await page.getByRole('link', { name: 'Last Pair' }).click();
    const more = page.getByRole('button', { name: /^One more/ });
    if ((await more.count()) > 0) await more.first().click();
    await buyAsGuest(page);
    await page.waitForURL(/\/(orders|tickets)\//);
    const waiting = page.getByText(/waitlist/i).first();
    const held = page.getByRole('heading', { name: 'It is yours, for now.' });
    await waiting.or(held).first().waitFor();
    if (!(await waiting.isVisible())) continue;
    await shoot(page, 'waitlist');
    return;
  }
  throw new Error('None of ten buyers had to wait: is the waitlist of "Last Pair" full or over?');
}

/** The control room. */
async function sell(): Promise<void> {
  const password = process.env['ADMIN_PASSWORD'] ?? read('admin-password');
  const page = await open('/admin', DESK);
  await page.getByLabel('E-mail').fill(process.env['ADMIN_EMAIL'] ?? 'admin@fairline.example');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'Night at the Harbour' }).first().click();
  await page.getByText('Decisions per second').waitFor();
  // The curve needs data: one point per second, flat while nothing is bought.
  const points = '(document.querySelector(".pace-curve polyline")?.getAttribute("points") ?? "")';
  await page.waitForFunction(`${points}.split(" ").length > 12`);
  await shoot(page, 'control-room');
}

async function buyAsGuest(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: /^(Buy|Join)/ })
    .first()
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('E-mail').fill('ann@example.com');
  await dialog.getByRole('button', { name: /^(Buy|Join|Continue)/ }).click();
}

async function open(path: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ ...options, ...CALM });
  const page = await context.newPage();
  await page.goto(`${url}${path}`);
  return page;
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

function read(name: string): string {
  return readFileSync(join(dataDir, name), 'utf8').trim();
}
