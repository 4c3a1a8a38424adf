import type { Db } from '../db/client.ts';
import { findLinkedBuyer } from '../db/order-links.ts';
import { DomainError } from '../domain/errors.ts';
import type { AttemptLimits } from '../limits/attempt-limits.ts';
import { hashRandomToken } from '../process/random-token.ts';

export interface OrderLinkDeps {
  readonly db: Db;
  /** Undefined where limits are switched off. */
  readonly limits: AttemptLimits | undefined;
}

/**
 * Opens an order by the key in the link of a mail. A key that opens nothing is an attempt to get
 * in, and counts for its IP.
 *
 * @param ip the caller's
 * @returns the buyer of the order, and the hash of the key
 * @throws DomainError invalid_link, too_many_requests
 */
export async function openOrderLink(
  { db, limits }: OrderLinkDeps,
  { orderId, key, ip }: { readonly orderId: string; readonly key: string; readonly ip: string },
): Promise<{ buyer: string; link: Buffer }> {
  const link = hashRandomToken(key);
  const buyer = await findLinkedBuyer(db, orderId, link);
  if (buyer !== undefined) return { buyer, link };
  await limits?.countAuthCall(ip);
  throw new DomainError('invalid_link', 'The link has expired, or it is not one to this order.');
}
