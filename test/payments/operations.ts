import fc from 'fast-check';
import type { Fault } from '../../stand-in/stripe/faults.ts';

/** Buyers that the model-based test of payments has. */
export const BUYERS = 40;

/**
 * Which of the orders there are; taken modulo their number, newest first, so that small numbers are
 * the latest.
 */
const order = fc.nat(9);

/** What people, Stripe and workers do about payments, as data. */
const operation = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      op: fc.constant('take' as const),
      buyer: fc.nat(BUYERS - 1),
      isFree: fc.constantFrom(false, false, false, true),
      units: fc.constantFrom(1, 1, 2),
    }),
  },
  { weight: 5, arbitrary: fc.record({ op: fc.constant('request' as const), order }) },
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant('confirm' as const),
      order,
      method: fc.constantFrom(
        ...['pm_card_visa', 'pm_card_visa', 'pm_card_visa', 'pm_card_chargeDeclined'],
        'pm_usBankAccount_success',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('endProcessing' as const),
      order,
      how: fc.constantFrom('succeeded' as const, 'failed' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('payTwice' as const), order }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('expire' as const), order }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('cancel' as const), order }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('confirmFree' as const), order }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('refund' as const),
      order,
      restock: fc.boolean(),
      /** A part of it, in minor units, and the units that go back with it. */
      amount: fc.constantFrom(undefined, undefined, 300, 500, 1_000),
      units: fc.constantFrom(0, 0, 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('refundAtStripe' as const),
      order,
      share: fc.constantFrom(0.25, 0.5, 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('dispute' as const), order }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('endDispute' as const),
      how: fc.constantFrom('won' as const, 'lost' as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant('deliver' as const),
      event: fc.nat(50),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant('work' as const), task: fc.nat(20) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('reconcile' as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('rebuild' as const) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('archive' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('fault' as const),
      fault: fc.constantFrom<Fault[]>(
        'error-before',
        'error-before',
        'error-after',
        'error-after',
        'reset',
      ),
    }),
  },
);
export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** Up to three things at once, one after the other. */
export const steps = fc.array(fc.array(operation, { minLength: 1, maxLength: 3 }), {
  minLength: 60,
  maxLength: 120,
  size: 'max',
});
