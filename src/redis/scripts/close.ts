import { change } from '../operation.ts';

/** Its seller closes a sale at once. */
interface CloseNow {
  readonly sale: string;
  readonly cause: 'closed';
}

/** The time of a sale is over. */
interface End {
  readonly sale: string;
  readonly cause: 'ended';
  /** The job that must be decided first; 0 for none. */
  readonly afterJob: number;
  /** How long after endsAt accepted batches may still reach the queue. */
  readonly graceMs: number;
}

/** Closes a sale, see lua/close.lua. */
export const close = change('close', {
  keys(at, { sale: id }) {
    const { sale, waiters, shapes } = at.sale(id);
    return [at.state, at.journal, sale, waiters, shapes];
  },
  args: (end: CloseNow | End) => [
    end.sale,
    end.cause,
    ...(end.cause === 'ended' ? [end.afterJob, end.graceMs] : []),
  ],
  replies: {
    STALE_EPOCH: {},
    NOT_LOADED: {},
    CLOSED: {},
    TOO_EARLY: {},
    DONE: { seq: Number },
  },
  earlier: ['CLOSED'],
  isEntry: (entry, { sale }) => entry.k === 'close' && entry.sale === sale,
});
