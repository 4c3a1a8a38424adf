import { NewerFormat } from './newer-format.ts';

/** The outcome of a ticket's decision, as the letter that decide.lua writes. */
export type OutcomeLetter = 'H' | 'W' | 'S' | 'C' | 'X' | 'U' | 'Q' | 'D' | 'L' | 'M' | 'R';

export const REJECT_REASONS = [
  'sale_closed',
  'unknown_product',
  'invalid_quantity',
  'duplicate',
  'limit_reached',
  'line_restarted',
] as const;

export type RejectReason = (typeof REJECT_REASONS)[number];

/** Why a ticket was rejected. */
export interface Rejection {
  readonly reason: RejectReason;
  /** Which limit was reached, if not that of units. */
  readonly limit?: 'holds';
}

export type Outcome =
  | { readonly status: 'held' | 'waitlisted' | 'sold_out' | 'cancelled' }
  | ({ readonly status: 'rejected' } & Rejection);

/** Outcomes by letter. R (a repeat of an attempt with an Idempotency-Key) has none. */
const OUTCOMES: Record<Exclude<OutcomeLetter, 'R'>, Outcome> = {
  H: { status: 'held' },
  W: { status: 'waitlisted' },
  S: { status: 'sold_out' },
  C: { status: 'cancelled' },
  X: { status: 'rejected', reason: 'sale_closed' },
  U: { status: 'rejected', reason: 'unknown_product' },
  Q: { status: 'rejected', reason: 'invalid_quantity' },
  D: { status: 'rejected', reason: 'duplicate' },
  L: { status: 'rejected', reason: 'limit_reached' },
  M: { status: 'rejected', reason: 'limit_reached', limit: 'holds' },
};

/**
 * The outcome that a letter stands for; undefined for R.
 *
 * @throws NewerFormat for a letter that no script of this version writes
 */
export function outcomeOf(letter: string): Outcome | undefined {
  if (letter === 'R') return undefined;
  const outcome = OUTCOMES[letter as keyof typeof OUTCOMES];
  if (outcome === undefined) throw new NewerFormat('this ticket');
  return outcome;
}

/** Every outcome as it is counted: its status, or the reason of a rejection. */
export const OUTCOME_NAMES: readonly string[] = Object.values(OUTCOMES).map(nameOf);

/** The outcome's name in counters and metrics: `held`, `sold_out`, …, `rejected_duplicate`. */
export function nameOf(outcome: Outcome): string {
  if (outcome.status !== 'rejected') return outcome.status;
  return outcome.limit === 'holds' ? 'rejected_hold_limit' : `rejected_${outcome.reason}`;
}

const BY_NAME = new Map(Object.values(OUTCOMES).map((outcome) => [nameOf(outcome), outcome]));

/**
 * The outcome with a name that {@link nameOf} gave.
 *
 * @throws NewerFormat for another name
 */
export function outcomeNamed(name: string): Outcome {
  const outcome = BY_NAME.get(name);
  if (outcome === undefined) throw new NewerFormat('this ticket');
  return outcome;
}
