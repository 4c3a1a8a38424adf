import type { OrderRow } from '../../db/orders.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Shards } from '../../line/shards.ts';
import { returnUnits } from '../../redis/scripts/return-units.ts';

/**
 * Takes the units of a confirmed free order back at its seller's request: there is no money to
 * return. That is public when this returns; an order that is refunded does not change.
 *
 * @param restock puts the units back on sale
 * @returns whether it was done before
 * @throws DomainError not_refundable for an order that was never confirmed
 */
export async function takeBackFreeOrder(
  shards: Shards,
  { shard, sale_id: sale, ticket_id: identity, status }: OrderRow,
  restock: boolean,
): Promise<{ readonly repeated: boolean }> {
  if (status !== 'paid' && status !== 'refunded') {
    throw new DomainError('not_refundable', `It is ${status}: it was never confirmed.`);
  }
  const reply = await shards.at(shard).change(returnUnits, { sale, identity, restock });
  return { repeated: reply.status === 'GONE' };
}
