import './order.css';
import { useEffect, useState } from 'react';
import { useParams } from 'react-router';
import type { OrderView } from '../../../api/schemas/order.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { PageSkeleton } from '../../kit/layout/page-skeleton.tsx';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { ButtonLink } from '../../kit/ui/button.tsx';
import { SignedInPage } from '../../session/identity/signed-in-page.tsx';
import { useIsLinked, useServices, useSession } from '../../session/services.ts';
import { useSaleOf } from '../sale/use-sale-of.ts';
import { SaveReceipt } from '../ticket/save-receipt.tsx';
import { EndedOrder } from './ended-order.tsx';
import { HeldOrder } from './held-order.tsx';
import { PaidOrder } from './paid-order.tsx';
import { useOrder } from './use-order.ts';

/** An order: to be paid while it is held, then its outcome. */
export function Component() {
  const { orderId = '' } = useParams();
  const isLinked = useIsLinked(orderId);
  // Once opened by its link, it stays open for what has become of the link to be told.
  const [wasLinked] = useState(isLinked);
  if (wasLinked) return <OrderPage />;
  return (
    <SignedInPage title="An order">
      <OrderPage />
    </SignedInPage>
  );
}

function OrderPage() {
  const { orderId = '' } = useParams();
  const { data: order, error, failureReason, isPaying, setPaying } = useOrder(orderId);
  const isLinked = useIsLinked(orderId);
  useRemembered(order);
  if (order === undefined) {
    if (failureReason === null) return <PageSkeleton />;
    return (
      <div className="stack narrow">
        <PageTitle>An order</PageTitle>
        <ProblemNotice error={error ?? failureReason} retrying={error === null} />
        <div>
          <ButtonLink to="/account">Your orders</ButtonLink>
        </div>
      </div>
    );
  }
  return (
    <div className="order narrow">
      <Order order={order} isPaying={isPaying} onPaying={setPaying} />
      {isLinked ? null : <SaveReceipt ticketId={order.ticketId} saleId={order.saleId} />}
      {failureReason === null ? null : <ProblemNotice error={failureReason} retrying />}
    </div>
  );
}

function Order(props: {
  order: OrderView;
  isPaying: boolean;
  onPaying: (isPaying: boolean) => void;
}) {
  const { order } = props;
  const { status } = order;
  const sale = useSaleOf(order.saleId);
  if (status === 'held') return <HeldOrder {...props} sale={sale} />;
  if (status === 'paid') return <PaidOrder order={order} sale={sale} />;
  return <EndedOrder order={{ ...order, status }} sale={sale} />;
}

/** Stores the hold in this browser until it is paid or over. */
function useRemembered(order: OrderView | undefined): void {
  const { places } = useServices();
  const isLinked = useIsLinked(order?.id ?? '');
  const session = useSession();
  const buyer = isLinked ? undefined : session?.user.id;
  const saleName = useSaleOf(order?.saleId)?.name;
  useEffect(() => {
    if (order === undefined || buyer === undefined || saleName === undefined) return;
    const { id, ticketId, saleId, status } = order;
    const place = places.get().find(({ orderId }) => orderId === id);
    const known = { ticketId, saleId, saleName, buyer };
    places.note(place ?? known, { status, order });
  }, [places, order, buyer, saleName]);
}
