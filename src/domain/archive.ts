/** What decides whether a sale that is over can be archived. */
export interface ArchiveFacts {
  /** Its seller closed it, or it has ended. */
  readonly isClosed: boolean;
  /** Tickets that hold units. */
  readonly holds: number;
  /** Tickets on its waitlist. */
  readonly waiting: number;
}

/** The same with what only Postgres knows, see {@link isReadyForArchive}. */
export interface ArchiveState extends ArchiveFacts {
  /** Orders at Stripe that may still be paid, captured payments without an outcome. */
  readonly openPayments: number;
  /** Refunds that are wanted or on their way. */
  readonly openRefunds: number;
  /** Decided tickets of it are missing in the buyers' history. */
  readonly isHistoryBehind: boolean;
}

/**
 * Whether nothing of a sale can change any more by itself: what Redis has of it can go. The rule of
 * lua/archive.lua, of the model and of the projection.
 */
export function isArchivable({ isClosed, holds, waiting }: ArchiveFacts): boolean {
  return isClosed && holds === 0 && waiting === 0;
}

/**
 * Whether it is time to archive a sale: nothing is known to be coming for which it would have to be
 * brought back. What comes all the same brings it back.
 */
export function isReadyForArchive(state: ArchiveState): boolean {
  const { openPayments, openRefunds, isHistoryBehind } = state;
  return isArchivable(state) && openPayments === 0 && openRefunds === 0 && !isHistoryBehind;
}
