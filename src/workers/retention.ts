import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import {
  appliedEvents,
  endedSessions,
  expiredTokens,
  oldCarts,
  oldContacts,
  type Removal,
  removeChunk,
} from '../db/retention.ts';

/** How long is kept what nobody needs any more, in days. */
export interface Retention {
  /** RETENTION_WEBHOOK_DAYS: events of Stripe, once they are applied. */
  readonly webhookDays: number;
  /** RETENTION_CART_DAYS: carts, once nobody touches them. */
  readonly cartDays: number;
  /** RETENTION_CONTACT_DAYS: addresses of buyers, once they are not heard of. */
  readonly contactDays: number;
}

/** Rows that one transaction removes: some ms. */
const CHUNK = 1_000;

/**
 * What is removed, by what the log calls it. The order matters: sessions that have ended take their
 * tokens along.
 */
function removals({ webhookDays, cartDays, contactDays }: Retention): Record<string, Removal> {
  return {
    sessions: endedSessions,
    refreshTokens: expiredTokens,
    webhookEvents: appliedEvents(webhookDays),
    carts: oldCarts(cartDays),
    contacts: oldContacts(contactDays),
  };
}

/**
 * Removes what nobody needs any more, in chunks, and logs how much it was. One process at a time:
 * where another one is at it, it does the same for us.
 *
 * @param deps.chunk rows that one transaction removes; 1,000 when left out
 * @param deps.stopping ends it after the chunk in hand
 */
export async function removeOld(
  deps: {
    readonly db: Db;
    readonly log: Logger;
    readonly stopping?: AbortSignal;
    readonly chunk?: number;
  },
  retention: Retention,
): Promise<void> {
  const { db, log, stopping, chunk = CHUNK } = deps;
  const counts: Record<string, number> = {};
  // Tokens of sessions that go on stand before sessions that have ended: until nothing is left of
  // either.
  for (let isLeft = true; isLeft; ) {
    isLeft = false;
    for (const [name, removal] of Object.entries(removals(retention))) {
      if (stopping?.aborted) break;
      const removed = await removeChunk(db, removal, chunk);
      if (removed === undefined) continue;
      if (removed > 0) counts[name] = (counts[name] ?? 0) + removed;
      isLeft ||= removed > 0;
    }
  }
  if (Object.keys(counts).length > 0) log.info({ removed: counts }, 'removed what is over');
}
