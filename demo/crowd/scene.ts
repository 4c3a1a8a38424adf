import type { ConfigView } from '../../src/api/schemas/config.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { CrowdApi } from './api.ts';
import type { Tally } from './tally.ts';

/** What everybody in a crowd has in common. */
export interface Scene {
  readonly api: CrowdApi;
  readonly config: ConfigView;
  /** As it was when the crowd set out. */
  readonly sale: SaleView;
  readonly tally: Tally;
  /** An access token for a buyer. */
  readonly tokenOf: (buyer: string) => Promise<string>;
}

/** Something that a sale has, more often what it has more of. */
export function chooseProduct({ products }: SaleView, random: number): string {
  const total = products.reduce((sum, { stock }) => sum + stock.total, 0);
  let at = random * total;
  for (const { id, stock } of products) {
    at -= stock.total;
    if (at < 0) return id;
  }
  return products.at(-1)?.id ?? '';
}
