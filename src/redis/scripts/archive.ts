import { change } from '../operation.ts';

interface Archive {
  readonly sale: string;
  /** The job that must be decided first; 0 for none. */
  readonly afterJob: number;
}

/** Takes a sale that is over out of Redis, see lua/archive.lua. */
export const archive = change('archive', {
  keys(at, { sale: id }, { accepted }) {
    const { sale, holds, ...others } = at.sale(id);
    return [at.state, at.journal, accepted, sale, holds, ...Object.values(others)];
  },
  args: ({ sale, afterJob }: Archive) => [sale, afterJob],
  replies: { STALE_EPOCH: {}, GONE: {}, BUSY: {}, ARCHIVED: { seq: Number } },
  earlier: ['GONE'],
  isEntry: (entry, { sale }) => entry.k === 'archive' && entry.sale === sale,
});
