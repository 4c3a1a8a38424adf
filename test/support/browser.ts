import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { expect, inject } from 'vitest';
import { type PaymentSystem, startPaymentSystem } from './payments.ts';
import { startBrowser } from './start-browser.ts';
import type { SystemOptions } from './system.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const PHONE = { width: 390, height: 844 };

/** A shop with pages, opened in real browsers. */
export interface Shop {
  readonly system: PaymentSystem;
  /** A new visitor on a device of their own, starting at a path. */
  visit(path: string, options?: BrowserContextOptions): Promise<Page>;
  stop(): Promise<void>;
}

/**
 * Starts a system that serves the built pages, with a worker and a Stripe stand-in, and a browser.
 */
export async function openShop(options: SystemOptions = {}): Promise<Shop> {
  const [system, browser] = await Promise.all([
    startPaymentSystem({ pages: inject('pagesFolder'), ...options }),
    startBrowser(),
  ]);
  system.startWorker();
  return {
    system,
    async visit(path, contextOptions) {
      const context = await browser.newContext({ viewport: PHONE, ...contextOptions });
      return openPage(context, `${system.url}${path}`);
    },
    async stop() {
      await browser.close();
      await system.stop();
    },
  };
}

/** Opens one more page of a visitor. An uncaught error in the page fails the test. */
export async function openPage(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(url);
  return page;
}

/** Waits for a heading. */
export async function heading(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

/**
 * Checks a page for accessibility: axe reports nothing serious.
 *
 * @param look `colors` when the page was checked already, in other colors
 */
export async function expectAccessible(page: Page, look?: 'colors'): Promise<void> {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const options = look === undefined ? {} : { runOnly: ['color-contrast'] };
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(options)})`);
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }));
  expect(serious, `at ${page.url()}`).toEqual([]);
}
