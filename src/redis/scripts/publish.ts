import { createHash } from 'node:crypto';
import type { Deadline } from '../../domain/deadline.ts';
import type { RedisClient } from '../client.ts';
import { PROGRESS_CHANNEL, type ShardKeys } from '../keys.ts';
import { formatDeadline } from '../records.ts';
import { Script } from '../script.ts';

const script = new Script('publish');

/** What an announcement on the progress channel says. */
export interface Announcement {
  readonly shard: number;
  readonly epoch: number;
  readonly seq: number;
  readonly job: number;
  /** Highest position passed, by sale. */
  readonly passed: Readonly<Record<string, number>>;
  /** Tickets that wait no more, by sale; `*` where it may be anybody of the sale. */
  readonly left: Readonly<Record<string, readonly string[] | '*'>>;
}

export type PublishReply = { status: 'STALE_EPOCH' | 'MISMATCH' | 'BEHIND' | 'PUBLISHED' };

/**
 * Makes public what is recorded, see lua/publish.lua.
 *
 * @param args.last the last journal entry that the caller knows to be recorded; `seq` may be behind it
 */
export async function publish(
  redis: RedisClient,
  keys: ShardKeys,
  args: Announcement & {
    last: { seq: number; text: string };
    passedAll: number;
    deadlines: readonly Deadline[];
  },
): Promise<PublishReply> {
  const { shard, epoch, seq, job, passed, left, last, passedAll, deadlines } = args;
  const at = keys.at(epoch);
  const announcement: Announcement = { shard, epoch, seq, job, passed, left };
  const reply = await script.run(
    redis,
    [keys.epoch, keys.progress, at.journal, at.deadlines, keys.cancels, at.state],
    [
      epoch,
      seq,
      job,
      PROGRESS_CHANNEL,
      JSON.stringify(announcement),
      last.seq,
      createHash('sha1').update(last.text).digest('hex'),
      deadlines.length,
      ...deadlines.flatMap((deadline) => [deadline.atMs, formatDeadline(deadline)]),
      ...Object.entries(passed).flat(),
      '*',
      passedAll,
    ],
  );
  const [status] = reply;
  switch (status) {
    case 'STALE_EPOCH':
    case 'MISMATCH':
    case 'BEHIND':
    case 'PUBLISHED':
      return { status };
    default:
      throw script.unknown(reply);
  }
}
