import { change } from '../operation.ts';

interface Leave {
  readonly sale: string;
  readonly buyer: string;
  /** Of the waiting ticket. */
  readonly identity: string;
  /** Its line number, by which the journal names it. */
  readonly line: number | undefined;
}

/** Takes a ticket off the waitlist of its sale, see lua/leave.lua. */
export const leave = change('leave', {
  keys(at, { sale: id }) {
    const { sale, waiters, shapes } = at.sale(id);
    return [at.state, at.journal, sale, waiters, shapes];
  },
  args: ({ sale, buyer, identity }: Leave) => [sale, buyer, identity],
  replies: { STALE_EPOCH: {}, NOT_LOADED: {}, GONE: {}, LEFT: { seq: Number } },
  earlier: ['GONE'],
  isEntry: (entry, { sale, line }) =>
    entry.k === 'leave' && entry.sale === sale && entry.line === line,
});
