import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { OrderView } from '../../../api/schemas/order.ts';
import { answered } from '../../client/api-client.ts';
import { useServerClock } from '../../kit/clock/use-server-clock.ts';
import { useServices } from '../../session/services.ts';

const HELD_POLL_MS = 4_000;
/** After a payment, or at the end of the hold: the outcome is known within moments. */
const SOON_POLL_MS = 700;
const LATE_POLL_MS = 15_000;
/**
 * The webhook of a payment arrives within seconds; after this the form is shown again, and still
 * charges only once.
 */
const WORD_MS = 60_000;

/** The query key of an order. */
export function orderKey(orderId: string) {
  return ['order', orderId] as const;
}

/** An order, polled more often while it is about to change. */
export function useOrder(orderId: string) {
  const { ofOrder } = useServices();
  const clock = useServerClock();
  const [isPaying, setPaying] = useState(false);
  const query = useQuery({
    queryKey: orderKey(orderId),
    queryFn: () => answered(ofOrder(orderId).orders[':orderId'].$get({ param: { orderId } })),
    refetchInterval: ({ state: { data } }) =>
      data === undefined ? false : orderPollMs(data, isPaying, clock.now()),
    refetchIntervalInBackground: true,
  });
  useWord(query.data, isPaying, setPaying);
  return { ...query, isPaying, setPaying };
}

/**
 * A payment that was just confirmed is processing until the order says so. From then on the order
 * decides: a payment may still fail, and another card is asked for.
 */
function useWord(
  order: OrderView | undefined,
  isPaying: boolean,
  setPaying: (isPaying: boolean) => void,
): void {
  const isTold = order !== undefined && (order.status !== 'held' || paymentOf(order) === 'going');
  useEffect(() => {
    if (!isPaying) return;
    if (isTold) return setPaying(false);
    const timer = setTimeout(() => setPaying(false), WORD_MS);
    return () => clearTimeout(timer);
  }, [isPaying, isTold, setPaying]);
}

function orderPollMs(order: OrderView, isPaying: boolean, nowMs: number): number | false {
  if (order.status === 'held') {
    const isOver = Date.parse(order.holdExpiresAt) <= nowMs;
    return isPaying || isOver || paymentOf(order) === 'going' ? SOON_POLL_MS : HELD_POLL_MS;
  }
  // A late payment may still be honoured, or refunded.
  return order.status === 'paid' || order.status === 'refunded' ? false : LATE_POLL_MS;
}

/**
 * The state of the order's last payment: processing, being refunded, refunded, or none of these.
 */
export function paymentOf({ payments }: OrderView): 'going' | 'returning' | 'returned' | 'none' {
  switch (payments?.at(-1)?.status) {
    case 'processing':
    case 'succeeded':
      return 'going';
    case 'refunding':
    case 'refund_failed':
      return 'returning';
    case 'refunded':
      return 'returned';
    default:
      return 'none';
  }
}
