import type { RedisClient } from '../client.ts';
import { type ShardKeys, waitlistKeys } from '../keys.ts';
import { Script } from '../script.ts';

const script = new Script('pay');

export type PayReply =
  | { status: 'STALE_EPOCH' | 'NOT_LOADED' | 'OFFERING' }
  | { status: 'SETTLED' | 'DONE'; seq: number };

/** What stands in the journal as it is: ids that need no escaping. */
const PAYMENT_ID = /^\w{1,255}$/;

/**
 * Settles a captured payment, see lua/pay.lua.
 *
 * @param args.ref the order's ticket, as a ref
 * @param args.payment the PaymentIntent's id
 * @param args.matches its amount and currency are those of the order
 * @throws RangeError for a payment id that cannot be one
 */
export async function pay(
  redis: RedisClient,
  keys: ShardKeys,
  args: {
    epoch: number;
    sale: string;
    ref: string;
    buyer: string;
    payment: string;
    matches: boolean;
  },
): Promise<PayReply> {
  const { epoch, sale, ref, buyer, payment, matches } = args;
  if (!PAYMENT_ID.test(payment)) throw new RangeError(`"${payment}" is no payment`);
  const at = keys.at(epoch);
  const ofSale = at.sale(sale);
  const reply = await script.run(
    redis,
    [keys.epoch, at.state, at.journal, ...waitlistKeys(ofSale), ofSale.paid, ofSale.payments],
    [epoch, sale, ref, buyer, payment, matches ? 1 : 0],
  );
  const [status, seq] = reply;
  switch (status) {
    case 'STALE_EPOCH':
    case 'NOT_LOADED':
    case 'OFFERING':
      return { status };
    case 'SETTLED':
    case 'DONE':
      return { status, seq: Number(seq) };
    default:
      throw script.unknown(reply);
  }
}
