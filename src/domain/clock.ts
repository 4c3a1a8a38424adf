/**
 * How far the clocks of two machines may be apart, in ms: the one tolerance wherever a time that
 * another machine wrote is compared with a clock here (`exp` and `nbf` of tokens, challenges,
 * heartbeats). Times by one clock, Redis's or Postgres's, need none; bounds of minutes that others
 * set (300 s of Stripe and of Standard Webhooks, on signatures) include it.
 */
export const CLOCK_TOLERANCE_MS = 30_000;
