import fc from 'fast-check';

/**
 * Operations of the property test on a shard with `SALES` sales that are open from OPENS to CLOSES,
 * in ms.
 */
export const SALES = 2;
export const OPENS = 1_000;
export const CLOSES = 9_000_000_000_000;

/** Operations on a shard, as data; indexes are taken modulo the number of targets. */
const at = fc.constantFrom(2_000, 2_000, 2_100, 2_600, 3_000, 500, CLOSES);
const ticket = fc.record({
  buyer: fc.nat(5),
  items: fc.constantFrom('0x1', '0x1', '1x1', '0x2', '0x1-1x1', '1x3', '0x4', '2x1', '0x0', '9x1'),
  key: fc.option(fc.constantFrom('k1', 'k2', 'k3'), { freq: 3, nil: undefined }),
  origin: fc.option(fc.constantFrom('i1', 'i2', 'i1,e1', 'i2,e1', 'i3,e2'), { nil: undefined }),
});
const sale = fc.nat(SALES - 1);
/** The most tickets that one call takes off the waitlist. */
const max = fc.constantFrom(1, 2, 100);
export const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant('enqueue' as const),
      sale,
      at,
      tickets: fc.array(ticket, { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('copy' as const), batch: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('remove' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('decide' as const),
      // 0 is the next job; below are decided jobs, above is a gap.
      offset: fc.constantFrom(0, 0, 0, 0, -1, -3, 1),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('cancel' as const),
      batch: fc.nat(50),
      index: fc.nat(4),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('release' as const),
      sale,
      hold: fc.nat(20),
      cause: fc.constantFrom('expired' as const, 'cancelled' as const),
      wrongSeq: fc.constantFrom(0, 0, 0, 1),
      max,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('pay' as const),
      sale,
      // Any ticket that ever held units; the same payment again, or another one of the same order.
      ticket: fc.nat(20),
      payment: fc.nat(30),
      matches: fc.constantFrom(true, true, true, true, false),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('confirm' as const),
      sale,
      hold: fc.nat(20),
      wrongSeq: fc.constantFrom(0, 0, 0, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('refund' as const),
      sale,
      ticket: fc.nat(20),
      restock: fc.boolean(),
      max,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('return' as const),
      sale,
      ticket: fc.nat(20),
      refund: fc.nat(9),
      items: fc.constantFrom('0x1', '0x1', '1x1', '0x2', '0x1-1x1', '2x1'),
      restock: fc.boolean(),
      max,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('restock' as const),
      sale,
      index: fc.nat(1),
      delta: fc.integer({ min: -4, max: 4 }).filter((delta) => delta !== 0),
      key: fc.constantFrom('r1', 'r2', 'r3', 'r4'),
      max,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('edit' as const),
      sale,
      limit: fc.integer({ min: 1, max: 5 }),
      ends: fc.constantFrom(undefined, undefined, 500, CLOSES),
      holdLimit: fc.constantFrom(
        undefined,
        null,
        { count: 1, windowMs: 1_000 },
        { count: 3, windowMs: 1e12 },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('offer' as const), sale, max }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('leave' as const), sale, waiting: fc.nat(4) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('product' as const), sale, stock: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('close' as const), sale, now: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('archive' as const),
      sale,
      // Whether what stands in the way is ended first; most sales stay open.
      isOver: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('drain' as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('rebuild' as const) }) },
);
export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;
