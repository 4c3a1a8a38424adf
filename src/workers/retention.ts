import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import {
  appliedEvents,
  endedSessions,
  expiredLinks,
  expiredTokens,
  oldCarts,
  oldContacts,
  oldMailCounts,
  oldSalts,
  type Removal,
  removeChunk,
} from '../db/retention.ts';

/** Retention of data that is no longer needed, in days. */
export interface Retention {
  /** RETENTION_WEBHOOK_DAYS: events of Stripe, once they are applied. */
  readonly webhookDays: number;
  /** RETENTION_CART_DAYS: carts, after their last change. */
  readonly cartDays: number;
  /** RETENTION_CONTACT_DAYS: addresses of buyers, after their last request. */
  readonly contactDays: number;
  /** RETENTION_SALT_DAYS: salts of public logs, after the end of their sales. */
  readonly saltDays: number;
}

/** Rows that one transaction removes: some ms. */
const CHUNK = 1_000;

/**
 * The removals by their names in the log. The order matters: ended sessions take their tokens
 * along.
 */
function removals({
  webhookDays,
  cartDays,
  contactDays,
  saltDays,
}: Retention): Record<string, Removal> {
  return {
    sessions: endedSessions,
    refreshTokens: expiredTokens,
    webhookEvents: appliedEvents(webhookDays),
    carts: oldCarts(cartDays),
    contacts: oldContacts(contactDays),
    orderLinks: expiredLinks,
    mailCounts: oldMailCounts,
    salts: oldSalts(saltDays),
  };
}

/**
 * Removes data past its retention, in chunks, and logs how much. One process at a time: while
 * another one is doing it, this one skips.
 *
 * @param deps.chunk rows that one transaction removes; 1,000 when left out
 * @param deps.stopping stops it after the current chunk
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
  // Tokens of live sessions come before sessions that have ended: repeat until neither has any
  // left.
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
  if (Object.keys(counts).length > 0)
    log.info({ removed: counts }, 'removed data past its retention');
}
