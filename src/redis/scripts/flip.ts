import { LOST_JUMP } from '../../domain/entry.ts';
import type { RedisClient } from '../client.ts';
import type { ShardKeys } from '../keys.ts';
import { Script } from '../script.ts';

const script = new Script('flip');

export type FlipReply =
  | { status: 'BEHIND' | 'INCOMPLETE' }
  | { status: 'FLIPPED'; decided: number };

/**
 * Makes a rebuilt epoch the shard's, see lua/flip.lua.
 *
 * @param args.lost whether Redis lost something: its journal ended before the log did, or there is other proof
 * @param args.pieces writes that the rebuild made, each of which counted itself
 * @param args.passed highest position passed, by sale, and for the shard under `*`
 */
export async function flip(
  redis: RedisClient,
  keys: ShardKeys,
  args: {
    epoch: number;
    seq: number;
    job: number;
    lost: boolean;
    pieces: number;
    passed: Readonly<Record<string, number>>;
  },
): Promise<FlipReply> {
  const reply = await script.run(
    redis,
    [keys.epoch, keys.progress, keys.accepted, keys.at(args.epoch).state, keys.queue('id')],
    [
      args.epoch,
      args.seq,
      args.job,
      args.lost ? '1' : '0',
      LOST_JUMP,
      args.pieces,
      ...Object.entries(args.passed).flat(),
    ],
  );
  const [status, decided] = reply;
  switch (status) {
    case 'BEHIND':
    case 'INCOMPLETE':
      return { status };
    case 'FLIPPED':
      return { status, decided: Number(decided) };
    default:
      throw script.unknown(reply);
  }
}
