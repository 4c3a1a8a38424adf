import type { Place } from '../../db/waitlist.ts';
import type { Rejection, RejectReason } from '../../domain/outcome.ts';
import type { TicketFacts } from '../schemas/ticket.ts';

/** Explains to a person why a waiting ticket has nothing yet, and what it may hope for. */
export function explainWaiting(
  lineNumber: number,
  { ahead, unitsHeld, isUnlikely }: Place,
): string {
  const units = unitsHeld === 1 ? '1 unit is' : `${unitsHeld} units are`;
  const before = ahead === 1 ? '1 ticket waits before this one' : `${ahead} tickets wait before it`;
  const place = ahead === 0 ? 'this ticket is next' : before;
  const hope = isUnlikely
    ? `${unitsHeld === 0 ? 'The rest is sold' : `Only ${units} held`}: it is unlikely to get its ` +
      `units, unless an order is refunded or the seller adds some; ${place}`
    : `${units} held and may come back; ${place}`;
  return (
    `Too little was available at the turn of line number ${lineNumber}. ${hope}. What comes back ` +
    'is offered in line order, without anybody asking, until the sale ends.'
  );
}

/** Explains to a person why a ticket got nothing. */
export function explainSoldOut(
  lineNumber: number,
  hasWaited: boolean,
  facts?: TicketFacts,
): string {
  if (!hasWaited) return explainTurn(lineNumber, facts);
  const end = `Line number ${lineNumber} waited, and nothing came back for it.`;
  return facts === undefined ? end : `${explainTurn(lineNumber, facts)} ${end}`;
}

/** Explains to a person why a ticket waits, in the list of tickets. */
export function explainPlace(lineNumber: number, facts?: TicketFacts): string {
  const turn = explainTurn(lineNumber, facts);
  return `${turn} It waits: what comes back is offered in line order, without anybody asking.`;
}

/** Describes the stock at a ticket's turn. */
function explainTurn(lineNumber: number, facts: TicketFacts | undefined): string {
  const turn = `the turn of line number ${lineNumber}`;
  if (facts === undefined) return `Too little was left at ${turn}.`;
  const { products } = facts;
  const short = products.filter(({ wanted, total, gone }) => total - gone < wanted);
  if (short.length === 0) {
    return (
      `At ${turn} what it wanted had come back and was being offered to those who waited ` +
      'before it.'
    );
  }
  const found = short.map((product) => `${explainGone(product)}; you wanted ${product.wanted}`);
  const bundle = products.length > short.length ? ' A ticket gets everything or nothing.' : '';
  return `At ${turn}, ${found.join('. ')}.${bundle}`;
}

function explainGone({ name, total, gone }: TicketFacts['products'][number]): string {
  if (total === 0) return `there were no units of ${name}`;
  const units = total === 1 ? 'unit' : 'units';
  return `${gone} of ${total} ${units} of ${name} ${gone === 1 ? 'was' : 'were'} gone`;
}

/** The context of a rejected ticket in the list of tickets. */
export interface RejectionContext {
  readonly lineNumber: number;
  /** Units that it wanted, of all products. */
  readonly units: number;
  /** Whether it was on the waitlist. */
  readonly hasWaited: boolean;
  /** The conflicting ticket: a live claim, or the one that had used its key for other items. */
  readonly other?: { readonly lineNumber: number; readonly hasItsKey: boolean } | undefined;
}

const REASONS: Record<RejectReason | 'holds', (context?: RejectionContext) => string> = {
  sale_closed: (context) =>
    context === undefined
      ? 'The sale was not open for this ticket: it was closed before its turn.'
      : `The sale was over for line number ${context.lineNumber}: it was closed, or its window ` +
        'changed, before its turn.',
  unknown_product: () => 'The sale has no such product.',
  invalid_quantity: () => 'That quantity cannot be bought.',
  duplicate: explainDuplicate,
  limit_reached: explainLimit,
  holds: (context) =>
    context === undefined
      ? 'This sale limits how many holds may come from one e-mail address or one IP within a ' +
        'time, and that many were made.'
      : `At the turn of line number ${context.lineNumber} as many holds had been made from your ` +
        'e-mail address or IP as this sale allows within a time.',
  line_restarted: () =>
    'The line was restarted and lost this place. Please send the attempt again.',
};

/** Explains to a person why a ticket was rejected, with the context that is known. */
export function explainRejection({ reason, limit }: Rejection, context?: RejectionContext): string {
  return REASONS[limit ?? reason](context);
}

function explainDuplicate(context?: RejectionContext): string {
  const { lineNumber, other } = context ?? {};
  if (other === undefined) return 'Another ticket of yours is in its place: see duplicateOf.';
  return other.hasItsKey
    ? `Line number ${lineNumber} came with the Idempotency-Key under which line number ` +
        `${other.lineNumber} had asked for something else: see duplicateOf.`
    : `At the turn of line number ${lineNumber} your line number ${other.lineNumber} held units ` +
        'or waited for them: see duplicateOf.';
}

function explainLimit(context?: RejectionContext): string {
  if (context === undefined) return 'With this you would have more than the sale gives each buyer.';
  const { lineNumber, units, hasWaited } = context;
  const when = hasWaited ? 'When units came back for' : 'At the turn of';
  const wanted = units === 1 ? '1 unit' : `${units} units`;
  const more =
    `${when} line number ${lineNumber} you wanted ${wanted}: with what you held or had bought, ` +
    'more than the sale gave each buyer';
  return hasWaited ? `${more}, or one hold too many from your e-mail address or IP.` : `${more}.`;
}
