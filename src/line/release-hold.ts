import type { ReleaseCause } from '../domain/entry.ts';
import { release } from '../redis/scripts/release.ts';
import type { Shards } from './shards.ts';

/** The hold of an order, named by the entry that made it (I7). */
export interface HoldOfOrder {
  readonly shard: number;
  readonly sale_id: string;
  readonly ticket_id: string;
  readonly hold_seq: number;
}

/**
 * Ends an unpaid hold. Its outcome is public when this returns, even if something else ended it
 * first.
 */
export async function releaseHold(
  { shards }: { readonly shards: Shards },
  { shard, sale_id: sale, ticket_id: identity, hold_seq: holdSeq }: HoldOfOrder,
  cause: ReleaseCause,
): Promise<void> {
  await shards.at(shard).change(release, { sale, holds: [{ identity, holdSeq }], cause });
}
