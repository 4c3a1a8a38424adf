import { Elements, PaymentElement, useElements, useStripe } from '@stripe/react-stripe-js';
import type { Stripe } from '@stripe/stripe-js';
import { loadStripe } from '@stripe/stripe-js/pure';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import type { PaymentView } from '../../api/schemas/payment.ts';
import { formatPrice } from '../../domain/price.ts';
import { Unreachable } from '../client/problem.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { readRefusal } from './confirm-payment.ts';
import { orderKey } from './use-order.ts';

interface Props {
  payment: PaymentView;
  onPaying: (isPaying: boolean) => void;
}

/** Stripe's Payment Element: what is typed there never comes to us. */
export default function StripePayment(props: Props) {
  const { publishableKey, clientSecret } = props.payment;
  const { data: stripe, failureReason } = useQuery({
    queryKey: ['stripe', publishableKey],
    queryFn: () => loadStripeFor(publishableKey),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (stripe === undefined) {
    return failureReason === null ? (
      <Skeleton height="16rem" />
    ) : (
      <Notice tone="caution" title="The card fields cannot be loaded right now.">
        We keep trying. If something in your browser blocks js.stripe.com, let it in for this page.
      </Notice>
    );
  }
  const theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'stripe';
  return (
    <Elements stripe={stripe} options={{ clientSecret, appearance: { theme } }}>
      <StripeForm {...props} />
    </Elements>
  );
}

/** @throws Unreachable where Stripe's script does not come */
async function loadStripeFor(publishableKey: string): Promise<Stripe> {
  const stripe = await loadStripe(publishableKey).catch((error: unknown) => {
    throw new Unreachable('no script', { cause: error });
  });
  if (stripe === null) throw new Unreachable('no script');
  return stripe;
}

function StripeForm({ payment, onPaying }: Props) {
  const stripe = useStripe();
  const elements = useElements();
  const queries = useQueryClient();
  const { mutate, data, isPending } = useMutation({
    mutationFn: async () => {
      if (stripe === null || elements === null) return 'The card fields are still loading.';
      const { error } = await stripe.confirmPayment({
        elements,
        redirect: 'if_required',
        confirmParams: { return_url: location.href },
      });
      const refusal = error === undefined ? undefined : readRefusal(error);
      if (refusal === undefined || refusal.kind === 'confirmed') onPaying(true);
      if (refusal?.kind === 'over') {
        await queries.invalidateQueries({ queryKey: orderKey(payment.orderId) });
      }
      return refusal?.kind === 'declined' ? refusal.message : undefined;
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!isPending) mutate();
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      <PaymentElement />
      <div role="alert">{data === undefined ? null : <Notice tone="bad" title={data} />}</div>
      <Button type="submit" size="l" wide busy={isPending} disabled={stripe === null}>
        Pay {formatPrice(payment.amount, payment.currency)}
      </Button>
    </form>
  );
}
