import type { OrderView } from '../../../api/schemas/order.ts';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { asClock } from '../../kit/clock/durations.ts';
import { useServerNow } from '../../kit/clock/use-server-now.ts';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { Card } from '../../kit/ui/card.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { ConfirmFree } from './confirm-free.tsx';
import { GiveBack } from './give-back.tsx';
import { OrderItems } from './order-items.tsx';
import { Payment } from './payment.tsx';
import { TimerRing } from './timer-ring.tsx';
import { paymentOf } from './use-order.ts';

/** A hold: pay it, or confirm it where it is free; or give it back. */
export function HeldOrder(props: {
  order: OrderView;
  sale: SaleView | undefined;
  isPaying: boolean;
  onPaying: (isPaying: boolean) => void;
}) {
  const { order, sale, isPaying, onPaying } = props;
  const now = useServerNow();
  const endsMs = Date.parse(order.holdExpiresAt);
  // An order offered from the waitlist may be newer than the last answer about its sale.
  const totalMs = endsMs - Date.parse(order.createdAt);
  const remainingMs = endsMs - now;
  const isFree = order.amount === 0;
  const what = isFree ? 'confirm' : 'pay';
  const isGoing = isPaying || paymentOf(order) === 'going';
  return (
    <>
      <div className="order-head">
        <div className="stack-tight">
          <p className="sale-name">{sale?.name}</p>
          <PageTitle title="Held for you">It is yours, for now.</PageTitle>
          <p className="lead">
            {isFree ? 'Confirm' : 'Pay'} before the time runs out, and it is yours for good.
          </p>
        </div>
        <TimerRing remainingMs={remainingMs} totalMs={totalMs} />
      </div>
      <Card className="stack">
        <OrderItems order={order} />
      </Card>
      {isGoing ? (
        <div role="status">
          <Notice tone="good" title="Your payment is on its way.">
            Waiting for your bank to confirm. This takes a moment; there is nothing you need to do.
          </Notice>
        </div>
      ) : null}
      {remainingMs <= 0 && !isGoing ? (
        <Notice tone="caution" title="Time is up.">
          Checking what happened to it …
        </Notice>
      ) : null}
      {remainingMs > 0 || isGoing ? (
        <div hidden={isGoing}>
          {isFree ? <ConfirmFree order={order} /> : <Payment order={order} onPaying={onPaying} />}
          <p className="order-rest soft small digits" aria-hidden="true">
            {asClock(remainingMs)} left to {what}
          </p>
        </div>
      ) : null}
      {isGoing ? null : <GiveBack order={order} />}
    </>
  );
}
