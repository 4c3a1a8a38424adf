import type { EditEntry } from '../../domain/entry.ts';
import { fromEdited } from '../../domain/sale-settings.ts';
import type { RedisClient } from '../client.ts';
import type { ShardKeys } from '../keys.ts';
import { toHash } from '../sale-hash.ts';
import { Script } from '../script.ts';

const script = new Script('edit');

export type EditReply =
  | { status: 'STALE_EPOCH' | 'NOT_LOADED' | 'CLOSED' | 'OPENED' | 'BAD_WINDOW' }
  | { status: 'EDITED'; seq: number };

/** Changes settings of a sale, see lua/edit.lua. */
export async function edit(
  redis: RedisClient,
  keys: ShardKeys,
  args: { epoch: number; entry: EditEntry; frozen: boolean },
): Promise<EditReply> {
  const { epoch, entry } = args;
  const at = keys.at(epoch);
  const fields = toHash(fromEdited(entry.set));
  const reply = await script.run(
    redis,
    [keys.epoch, at.state, at.journal, at.sale(entry.sale).sale],
    [epoch, JSON.stringify(entry), args.frozen ? '1' : '0', ...Object.entries(fields).flat()],
  );
  const [status, seq] = reply;
  switch (status) {
    case 'STALE_EPOCH':
    case 'NOT_LOADED':
    case 'CLOSED':
    case 'OPENED':
    case 'BAD_WINDOW':
      return { status };
    case 'EDITED':
      return { status, seq: Number(seq) };
    default:
      throw script.unknown(reply);
  }
}
