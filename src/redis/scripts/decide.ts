import type { SkipReason } from '../../domain/entry.ts';
import { operation, type ReplyTo } from '../operation.ts';

/** One job of a group: its batch as stored in the queue, or why it is skipped. */
export type GroupJob =
  | { readonly raw: string; readonly sale: string }
  | { readonly skip: SkipReason };

/** Consecutive jobs, the first of which is `firstJob`. */
interface Group {
  readonly firstJob: number;
  readonly jobs: readonly GroupJob[];
}

export type DecideReply = ReplyTo<typeof decide>;

/** Decides a group of jobs, see lua/decide.lua. */
export const decide = operation('decide', {
  needs: 'tickets',
  keys: (at, { jobs }, { cancels }) => [
    ...[at.state, at.journal, cancels],
    ...salesOf(jobs).flatMap((id) => {
      const { sale, buyers, holds, attempts, waiters, shapes, origins, outcomes } = at.sale(id);
      return [sale, buyers, holds, attempts, waiters, shapes, origins, outcomes];
    }),
  ],
  args({ firstJob, jobs }: Group) {
    const sales = salesOf(jobs);
    const texts = jobs.map((job) => ('raw' in job ? job.raw : `!${job.skip}`));
    return [sales.length, ...sales, firstJob, ...texts];
  },
  replies: {
    STALE_EPOCH: {},
    NOT_LOADED: { sale: String },
    GAP: { decided: Number },
    DECIDED: { decided: Number, seq: Number },
  },
});

function salesOf(jobs: readonly GroupJob[]): string[] {
  return [...new Set(jobs.flatMap((job) => ('sale' in job ? [job.sale] : [])))];
}
