/** Milliseconds to wait before trying again: 50, 100, 200, … 1,000 for `attempt` 0, 1, 2, … */
export function backoffMs(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 5), 1_000);
}
