import type { Entry, EntryKind } from './entry.ts';

/**
 * The newest format of batches and journal entries that this version knows. Versions run side by
 * side during an upgrade: a process leaves a shard alone where it meets a newer format
 * (docs/decisions/0095-two-versions-side-by-side.md).
 */
export const FORMAT = 1;

/** Newer than every format: that of a kind that this version does not know. Fits into Postgres. */
export const UNKNOWN_FORMAT = 2 ** 31 - 1;

/** The format that brought each kind of entry: a process that does not know it has no row here. */
const KINDS: Readonly<Record<EntryKind, number>> = {
  load: 1,
  decide: 1,
  skip: 1,
  release: 1,
  offer: 1,
  leave: 1,
  close: 1,
  product: 1,
  edit: 1,
  restock: 1,
  pay: 1,
  confirm: 1,
  refund: 1,
  return: 1,
  archive: 1,
  restore: 1,
};

/**
 * The format of an entry: that of its kind, its own, or its batch's, whichever is the newest.
 * {@link UNKNOWN_FORMAT} for a kind that this version does not know.
 */
export function formatOf(entry: Entry): number {
  if (!Object.hasOwn(KINDS, entry.k)) return UNKNOWN_FORMAT;
  const batch = entry.k === 'decide' ? entry.batch.v : undefined;
  return Math.max(KINDS[entry.k], entry.v ?? 1, batch ?? 1);
}
