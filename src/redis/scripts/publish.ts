import { createHash } from 'node:crypto';
import type { Deadline } from '../../domain/deadline.ts';
import { PROGRESS_CHANNEL } from '../keys.ts';
import { operation } from '../operation.ts';
import { formatDeadline } from '../records.ts';

/** An announcement on the progress channel. */
export interface Announcement {
  readonly shard: number;
  readonly epoch: number;
  readonly seq: number;
  readonly job: number;
  /** Highest position passed, by sale. */
  readonly passed: Readonly<Record<string, number>>;
  /** Identities of tickets that no longer wait, by sale; `*` when it may be any of the sale. */
  readonly left: Readonly<Record<string, readonly string[] | '*'>>;
}

interface Publish extends Omit<Announcement, 'epoch'> {
  /** The last journal entry that the caller knows to be recorded; `seq` may be behind it. */
  readonly last: { readonly seq: number; readonly text: string };
  readonly passedAll: number;
  readonly deadlines: readonly Deadline[];
  /** Sales that these entries archived: their progress is forgotten. */
  readonly archived: readonly string[];
}

/** Makes recorded entries public, see lua/publish.lua. */
export const publish = operation('publish', {
  keys: (at, _, shard) => [
    ...[shard.progress, at.journal, at.deadlines],
    ...[shard.cancels, at.state],
  ],
  args(recorded: Publish, epoch: number) {
    const { shard, seq, job, passed, left, last, passedAll, deadlines, archived } = recorded;
    const announcement: Announcement = { shard, epoch, seq, job, passed, left };
    return [
      ...[seq, job, PROGRESS_CHANNEL, JSON.stringify(announcement)],
      ...[last.seq, createHash('sha1').update(last.text).digest('hex')],
      deadlines.length,
      ...deadlines.flatMap((deadline) => [deadline.atMs, formatDeadline(deadline)]),
      ...[archived.length, ...archived],
      ...Object.entries(passed).flat(),
      ...['*', passedAll],
    ];
  },
  replies: { STALE_EPOCH: {}, MISMATCH: {}, BEHIND: {}, PUBLISHED: {} },
});
