import { Elements, PaymentElement, useElements, useStripe } from '@stripe/react-stripe-js';
import { loadStripe } from '@stripe/stripe-js/pure';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useMemo } from 'react';
import type { PaymentView } from '../../api/schemas/payment.ts';
import { formatPrice } from '../../domain/price.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';

interface Props {
  payment: PaymentView;
  onPaying: (isPaying: boolean) => void;
}

/** Stripe's Payment Element: what is typed there never comes to us. */
export default function StripePayment(props: Props) {
  const { publishableKey, clientSecret } = props.payment;
  const stripe = useMemo(() => loadStripe(publishableKey), [publishableKey]);
  const theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'stripe';
  return (
    <Elements stripe={stripe} options={{ clientSecret, appearance: { theme } }}>
      <StripeForm {...props} />
    </Elements>
  );
}

function StripeForm({ payment, onPaying }: Props) {
  const stripe = useStripe();
  const elements = useElements();
  const { mutate, data, isPending } = useMutation({
    mutationFn: async () => {
      if (stripe === null || elements === null) return 'The card fields are still loading.';
      const { error } = await stripe.confirmPayment({
        elements,
        redirect: 'if_required',
        confirmParams: { return_url: location.href },
      });
      if (error === undefined) onPaying(true);
      return error?.message;
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
