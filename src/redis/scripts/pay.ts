import { waitlistKeys } from '../keys.ts';
import { change } from '../operation.ts';

/** Written to the journal unescaped: ids that need no escaping. */
const PAYMENT_ID = /^\w{1,255}$/;

interface Pay {
  readonly sale: string;
  /** The order's ticket, as a ref. */
  readonly ref: string;
  readonly buyer: string;
  /** The PaymentIntent's id. */
  readonly payment: string;
  /** Its amount and currency are those of the order. */
  readonly matches: boolean;
}

/**
 * Settles a captured payment, see lua/pay.lua.
 *
 * @throws RangeError for a payment id that cannot be one
 */
export const pay = change('pay', {
  keys(at, { sale }) {
    const keys = at.sale(sale);
    return [at.state, at.journal, ...waitlistKeys(keys), keys.paid, keys.payments];
  },
  args({ sale, ref, buyer, payment, matches }: Pay) {
    if (!PAYMENT_ID.test(payment)) throw new RangeError(`"${payment}" is no payment`);
    return [sale, ref, buyer, payment, matches ? 1 : 0];
  },
  replies: {
    STALE_EPOCH: {},
    NOT_LOADED: {},
    SETTLED: { seq: Number },
    OFFERING: {},
    DONE: { seq: Number },
  },
  earlier: ['SETTLED'],
  isEntry: (entry, { payment }) => entry.k === 'pay' && entry.payment === payment,
});
