import type { Context, MiddlewareHandler } from 'hono';
import type { ApiEnv } from './env.ts';

/** An answer, at once where nothing has to be waited for. */
export type Answer = Response | Promise<Response>;

/** What a route does before its handler: it goes on with `next`, or throws. */
export type Step = (c: Context<ApiEnv>, next: () => Answer) => Answer;

/** A step as the routes name it: see `createApp`. */
export type Guard = MiddlewareHandler<ApiEnv>;

/** Makes a guard of a step. */
export function guard(step: Step): Guard {
  // Hono's `next` answers nothing and is always awaited; `createApp` gives ours what it needs.
  return step as unknown as Guard;
}

/** Puts steps and a handler in a row, as one handler: only what waits costs a promise. */
export function inARow(
  guards: readonly Guard[],
  handler: (c: Context<ApiEnv>) => Answer,
): (c: Context<ApiEnv>) => Answer {
  // The reverse of `guard`.
  const steps = guards as unknown as readonly Step[];
  return steps.reduceRight<typeof handler>((next, step) => (c) => step(c, () => next(c)), handler);
}

/** Goes on with a value, at once unless it is a promise. */
export function goOn<T, U>(value: T | Promise<T>, next: (value: T) => U | Promise<U>) {
  return value instanceof Promise ? value.then(next) : next(value);
}
