import type { PaymentView } from '../../api/schemas/payment.ts';
import { Unreachable } from '../client/problem.ts';
import { expiryOf, type TypedCard } from './card.ts';

/** What a bank said of a card. */
export type Confirmation =
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'declined'; readonly message: string }
  | { readonly kind: 'needs-bank' };

interface StripeAnswer {
  readonly status?: string;
  readonly error?: { readonly message?: string };
}

/**
 * Confirms a payment with a card at the stand-in for Stripe, as Stripe.js does at Stripe: with the
 * publishable key and the secret of this one payment.
 */
export async function confirmPayment(
  stripeUrl: string,
  { paymentIntentId, clientSecret, publishableKey }: PaymentView,
  card: TypedCard,
): Promise<Confirmation> {
  const expiry = expiryOf(card.expiry);
  const response = await fetch(`${stripeUrl}/v1/payment_intents/${paymentIntentId}/confirm`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${publishableKey}:`)}` },
    body: new URLSearchParams({
      client_secret: clientSecret,
      'payment_method_data[type]': 'card',
      'payment_method_data[card][number]': card.number,
      'payment_method_data[card][exp_month]': String(expiry?.month ?? ''),
      'payment_method_data[card][exp_year]': String(expiry?.year ?? ''),
      'payment_method_data[card][cvc]': card.cvc,
    }),
  }).catch((error: unknown) => {
    throw new Unreachable('no answer', { cause: error });
  });
  const answer = (await response.json()) as StripeAnswer;
  if (answer.error !== undefined) {
    return { kind: 'declined', message: answer.error.message ?? 'The card was declined.' };
  }
  return { kind: answer.status === 'requires_action' ? 'needs-bank' : 'confirmed' };
}
