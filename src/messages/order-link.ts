import type { Db } from '../db/client.ts';
import { addOrderLink } from '../db/order-links.ts';
import { hashRandomToken, makeRandomToken } from '../process/random-token.ts';

/**
 * A link to an order for its buyer, on whatever device the mail is read. The key opens this order
 * alone. It is in the fragment, which browsers send to no server: no log and no Referer has it.
 *
 * @param publicUrl PUBLIC_URL, without a slash at its end
 */
export async function orderLink(db: Db, publicUrl: string, orderId: string): Promise<string> {
  const key = makeRandomToken();
  await addOrderLink(db, orderId, hashRandomToken(key));
  return `${publicUrl}/orders/${orderId}#key=${key}`;
}
