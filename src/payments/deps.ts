import type { Logger } from 'pino';
import type Stripe from 'stripe';
import type { Db } from '../db/client.ts';
import type { Shards } from '../line/shards.ts';

/** The dependencies of everything about payments. */
export interface PaymentDeps {
  readonly db: Db;
  readonly shards: Shards;
  readonly stripe: Stripe;
  readonly log: Logger;
}

/** The Stripe account, as far as the API needs it. */
export interface StripeAccount {
  readonly stripe: Stripe;
  /** Sent to buyers' browsers, which call Stripe with it. */
  readonly publishableKey: string;
  /** The key that Stripe signs its events with. */
  readonly webhookSecret: string;
  /** Base URL when it is not Stripe's, for browsers too: that of a stand-in. */
  readonly apiUrl?: string | undefined;
}
