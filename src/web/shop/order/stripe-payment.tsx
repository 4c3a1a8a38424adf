import { Elements, PaymentElement, useElements, useStripe } from '@stripe/react-stripe-js';
import type { Stripe, StripeElements } from '@stripe/stripe-js';
import { loadStripe } from '@stripe/stripe-js/pure';
import { useQuery } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import type { PaymentView } from '../../../api/schemas/payment.ts';
import { formatPrice } from '../../../domain/price.ts';
import { Unreachable } from '../../client/problem.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { Skeleton } from '../../kit/ui/skeleton.tsx';
import { type Confirmation, readRefusal } from './confirm-payment.ts';
import { Refusal } from './refusal.tsx';
import { useConfirm } from './use-confirm.ts';

interface Props {
  payment: PaymentView;
  onPaying: (isPaying: boolean) => void;
}

/** Stripe's Payment Element: card data never reaches this shop. */
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
        We keep trying. If something in your browser blocks js.stripe.com, allow it on this page.
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

/** @throws Unreachable when Stripe's script does not load */
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
  const { mutate, data, error, failureReason, isPending } = useConfirm(payment.orderId, onPaying);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isPending || stripe === null || elements === null) return;
    mutate(() => confirmAtStripe(stripe, elements));
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      <PaymentElement />
      <Refusal confirmation={data} />
      <ProblemNotice error={error ?? failureReason} retrying={isPending} />
      <Button type="submit" size="l" wide busy={isPending} disabled={stripe === null}>
        Pay {formatPrice(payment.amount, payment.currency)}
      </Button>
    </form>
  );
}

/** @throws Unreachable when the outcome is unknown */
async function confirmAtStripe(stripe: Stripe, elements: StripeElements): Promise<Confirmation> {
  const { error } = await stripe.confirmPayment({
    elements,
    redirect: 'if_required',
    confirmParams: { return_url: location.href },
  });
  return error === undefined ? { kind: 'confirmed' } : readRefusal(error);
}
