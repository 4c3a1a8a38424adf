import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import type { OrderView } from '../../../api/schemas/order.ts';
import { answered } from '../../client/api-client.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { Skeleton } from '../../kit/ui/skeleton.tsx';
import { useServices } from '../../session/services.ts';
import { useConfig } from '../../session/use-config.ts';
import { CardForm } from './card-form.tsx';

/** Stripe's fields come from Stripe: they are loaded only where Stripe takes the payment. */
const StripePayment = lazy(() => import('./stripe-payment.tsx'));

/** The payment form of a held order, for the shop's payment setup. */
export function Payment(props: { order: OrderView; onPaying: (isPaying: boolean) => void }) {
  const { order, onPaying } = props;
  const { ofOrder } = useServices();
  const { data: config } = useConfig();
  const {
    data: payment,
    error,
    failureReason,
  } = useQuery({
    queryKey: ['payment', order.id],
    queryFn: () =>
      answered(
        ofOrder(order.id).orders[':orderId'].payment.$post({ param: { orderId: order.id } }),
      ),
    enabled: config !== undefined && config.payments !== 'off',
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (config?.payments === 'off') {
    return (
      <Notice tone="caution" title="This shop takes no payments yet.">
        The operator has to set them up first. Your hold will expire, and nothing is charged.
      </Notice>
    );
  }
  if (payment === undefined || config === undefined) {
    return failureReason === null ? (
      <Skeleton height="16rem" />
    ) : (
      <ProblemNotice error={error ?? failureReason} retrying={error === null} />
    );
  }
  const shown = { payment, onPaying };
  if (config.payments === 'stand-in' && config.stripeUrl !== undefined) {
    return <CardForm {...shown} stripeUrl={config.stripeUrl} />;
  }
  return (
    <Suspense fallback={<Skeleton height="16rem" />}>
      <StripePayment {...shown} />
    </Suspense>
  );
}
