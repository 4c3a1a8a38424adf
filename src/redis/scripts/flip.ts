import type { RedisClient } from '../client.ts';
import type { ShardKeys } from '../keys.ts';
import { Script } from '../script.ts';

const script = new Script('flip');

/** How far numbers jump ahead where Redis lost data, so that none is given twice. */
const JUMP = 1_000_000_000;

export type FlipReply =
  | { status: 'BEHIND' | 'INCOMPLETE' }
  | { status: 'FLIPPED'; decided: number };

/**
 * Makes a rebuilt epoch the shard's, see lua/flip.lua.
 *
 * @param args.behind whether the journal in Redis ended before the log did
 * @param args.passed highest position passed, by sale, and for the shard under `*`
 */
export async function flip(
  redis: RedisClient,
  keys: ShardKeys,
  args: {
    epoch: number;
    seq: number;
    job: number;
    behind: boolean;
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
      args.behind ? '1' : '0',
      JUMP,
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
