/**
 * After the n-th failed attempt: 5 s, 30 s, 2 min, 10 min, 1 h, 3 h, 6 h, 12 h; 22 hours in all.
 */
const WAITS_S = [5, 30, 120, 600, 3_600, 10_800, 21_600, 43_200];

/**
 * Delay before the next attempt of a delivery, in ms; undefined when it is given up.
 *
 * @param step failed attempts before this one
 */
export function waitMs(step: number): number | undefined {
  const seconds = WAITS_S[step];
  return seconds === undefined ? undefined : seconds * 1_000;
}
