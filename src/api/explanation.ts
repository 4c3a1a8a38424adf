import type { Rejection, RejectReason } from '../domain/outcome.ts';

/** Why a ticket that waits has nothing yet, for a person. */
export function explainWaiting(facts: {
  readonly lineNumber: number;
  readonly ahead: number;
  readonly unitsHeld: number;
}): string {
  const { lineNumber, ahead, unitsHeld } = facts;
  const units = unitsHeld === 1 ? '1 unit is' : `${unitsHeld} units are`;
  const before = ahead === 1 ? '1 ticket waits before this one' : `${ahead} tickets wait before it`;
  const place = ahead === 0 ? 'this ticket is next' : before;
  return (
    `Too little was available at the turn of line number ${lineNumber}. ${units} held and may come back; ` +
    `${place}. What comes back is offered in line order, without anybody asking.`
  );
}

/** Why a ticket has nothing, for a person. */
export function explainSoldOut(lineNumber: number, hasWaited: boolean): string {
  return hasWaited
    ? `Line number ${lineNumber} waited until nothing could come back any more: what it wanted is sold, ` +
        'or the sale is over.'
    : `Too little was left at the turn of line number ${lineNumber}.`;
}

const REASONS: Record<RejectReason, string> = {
  sale_closed: 'The sale was not open for this ticket: it was closed before its turn.',
  unknown_product: 'The sale has no such product.',
  invalid_quantity: 'That quantity cannot be bought.',
  duplicate: 'Another ticket of yours is in its place: see duplicateOf.',
  limit_reached: 'With this you would have more than the sale gives each buyer.',
  line_restarted: 'The line was restarted and lost this place. Please send the attempt again.',
};

const HOLD_LIMIT =
  'This sale limits how many holds may come from one e-mail address or one IP within a time, and that many were made.';

/** Why a ticket was rejected, for a person. */
export function explainRejection({ reason, limit }: Rejection): string {
  return limit === 'holds' ? HOLD_LIMIT : REASONS[reason];
}
