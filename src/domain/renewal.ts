/**
 * For how long tokens of one generation may be used side by side, in ms: tabs and parallel calls
 * that renewed at once and each got a successor of their own.
 */
const SIDE_BY_SIDE_MS = 60_000;

/** A refresh token that is presented, and how far its session has come. */
export interface Renewal {
  /** Counts the exchanges that led to the token; the first has 1. */
  readonly generation: number;
  /** Whether the token was exchanged before. */
  readonly isUsed: boolean;
  /** The newest generation of which a token was exchanged; 0: none. */
  readonly newestUsed: number;
  /** How long ago one of that generation was exchanged first, in ms. */
  readonly usedForMs: number;
}

/**
 * What a refresh token is good for. `advance`: it is exchanged, and retires all older ones.
 * `repeat`: it is exchanged once more, because its successor has not been used: the answer may have
 * been lost, or another tab asked too. `reuse`: two parties hold tokens of the session.
 *
 * @see docs/decisions/0062-a-refresh-token-lives-until-its-successor-is-used.md
 */
export function judgeRenewal(renewal: Renewal): 'advance' | 'repeat' | 'reuse' {
  const { generation, isUsed, newestUsed, usedForMs } = renewal;
  if (generation > newestUsed) return 'advance';
  if (generation < newestUsed) return 'reuse';
  return isUsed || usedForMs <= SIDE_BY_SIDE_MS ? 'repeat' : 'reuse';
}
