import type { ConfigView } from '../../api/schemas/config.ts';
import type { SaleView } from '../../api/schemas/sale.ts';
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
