import type { Logger } from 'pino';
import type Stripe from 'stripe';
import type { Db } from '../db/client.ts';
import type { Shards } from '../line/shards.ts';

/** What payments work with. */
export interface PaymentDeps {
  readonly db: Db;
  readonly shards: Shards;
  readonly stripe: Stripe;
  readonly log: Logger;
}

/** A Stripe account, as the API needs to know it. */
export interface StripeAccount {
  readonly stripe: Stripe;
  /** Given to buyers, with whose browsers Stripe speaks. */
  readonly publishableKey: string;
  /** By which Stripe signs its events. */
  readonly webhookSecret: string;
  /** Where it is, for browsers too, if it is not at Stripe: that of a stand-in. */
  readonly apiUrl?: string | undefined;
}
