import type { Db } from '../db/client.ts';
import { addOrderLink } from '../db/order-links.ts';
import { hashRandomToken, makeRandomToken } from '../process/random-token.ts';

/**
 * A link to an order for its buyer, on whatever device the mail is read. The key opens this order
 * alone. It is in the fragment, which browsers send to no server: no log and no Referer has it.
 *
 * @param mail.email where it goes
 * @param mail.publicUrl PUBLIC_URL, without a slash at its end
 * @returns undefined when the buyer has another address by now
 */
export async function orderLink(
  db: Db,
  orderId: string,
  { email, publicUrl }: { readonly email: string; readonly publicUrl: string },
): Promise<string | undefined> {
  const key = makeRandomToken();
  const isAdded = await addOrderLink(db, { order: orderId, hash: hashRandomToken(key), email });
  return isAdded ? `${publicUrl}/orders/${orderId}#key=${key}` : undefined;
}
