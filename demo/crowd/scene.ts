import type { ConfigView } from '../../src/api/schemas/config.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { CrowdApi } from './api.ts';
import type { Tally } from './tally.ts';

/** What all buyers of a crowd share. */
export interface Scene {
  readonly api: CrowdApi;
  readonly config: ConfigView;
  /** As it was when the crowd started. */
  readonly sale: SaleView;
  readonly tally: Tally;
  /** An access token for a buyer. */
  readonly tokenOf: (buyer: string) => Promise<string>;
}

/** A random element, weighted. */
export function chooseProduct({ products }: SaleView, random: number): string {
  const total = products.reduce((sum, { stock }) => sum + stock.total, 0);
  let at = random * total;
  for (const { id, stock } of products) {
    at -= stock.total;
    if (at < 0) return id;
  }
  return products.at(-1)?.id ?? '';
}
