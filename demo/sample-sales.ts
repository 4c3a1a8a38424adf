import type { z } from '@hono/zod-openapi';
import { pageOf } from '../src/api/schemas/common.ts';
import { type newSaleSchema, type SaleView, saleSchema } from '../src/api/schemas/sale.ts';

const DAY_MS = 86_400_000;

/** The sale that the printed commands use: 100 units, open at once. */
export const MAIN_SALE = 'Midnight Drop';

export interface SampleSalesOptions {
  /** Where the API listens. */
  url: string;
  adminToken: string;
}

/**
 * Creates the sample sales through the API, including those that an interrupted earlier start did
 * not get to. Where there are other sales already, it creates none.
 *
 * @returns the existing sales
 * @throws Error with the API's answer when it refuses one
 */
export async function createSampleSales(options: SampleSalesOptions): Promise<SaleView[]> {
  const existing = await listSales(options.url);
  const samples = sampleSales(Date.now());
  const names = new Set(samples.map(({ name }) => name));
  if (existing.some(({ name }) => !names.has(name))) return existing;

  const missing = samples.filter(({ name }) => !existing.some((sale) => sale.name === name));
  for (const sale of missing) {
    await request(`${options.url}/api/admin/sales`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${options.adminToken}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(sale),
    });
  }
  return missing.length === 0 ? existing : listSales(options.url);
}

function sampleSales(now: number): z.input<typeof newSaleSchema>[] {
  const at = (ms: number) => new Date(now + ms).toISOString();
  const common = { perBuyerLimit: 2, holdSeconds: 120, waitlist: false };
  return [
    {
      ...common,
      name: MAIN_SALE,
      description: 'A hundred pairs, first come first served.',
      holdLimit: { count: 2, windowSeconds: 600 },
      startsAt: at(0),
      endsAt: at(30 * DAY_MS),
      products: [{ name: 'Sneaker No. 1', amount: 14_900, currency: 'eur', stock: 100 }],
    },
    {
      ...common,
      name: 'Night at the Harbour',
      description: 'One concert, three kinds of tickets.',
      startsAt: at(0),
      endsAt: at(30 * DAY_MS),
      perBuyerLimit: 4,
      holdSeconds: 600,
      products: [
        { name: 'Standing', amount: 4_500, currency: 'eur', stock: 500 },
        { name: 'Seated', amount: 7_500, currency: 'eur', stock: 200 },
        { name: 'Balcony', amount: 11_000, currency: 'eur', stock: 40 },
      ],
    },
    {
      ...common,
      name: 'Last Pair',
      description: 'Two units, half a minute to pay, and a waitlist for what comes back.',
      startsAt: at(0),
      endsAt: at(30 * DAY_MS),
      perBuyerLimit: 1,
      holdSeconds: 30,
      waitlist: true,
      products: [{ name: 'Sneaker No. 0', amount: 19_900, currency: 'eur', stock: 2 }],
    },
    {
      ...common,
      name: 'First Pressing',
      description: 'Opens a day after the first start.',
      startsAt: at(DAY_MS),
      endsAt: at(31 * DAY_MS),
      perBuyerLimit: 1,
      products: [{ name: 'Numbered vinyl', amount: 3_900, currency: 'eur', stock: 250 }],
    },
  ];
}

async function listSales(url: string): Promise<SaleView[]> {
  return pageOf(saleSchema).parse(await request(`${url}/api/sales`)).items;
}

async function request(url: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
