import type { PaymentView } from '../../../api/schemas/payment.ts';
import { Unreachable } from '../../client/problem.ts';
import { expiryOf, type TypedCard } from './card.ts';

/** The outcome of confirming a payment. */
export type Confirmation =
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'declined'; readonly message: string }
  | { readonly kind: 'needs-bank' }
  /** It can no longer be paid: its order tells why. */
  | { readonly kind: 'over' };

/** The errors of Stripe and Stripe.js that matter here. */
export interface StripeRefusal {
  readonly type?: string | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly payment_intent?: { readonly status?: string } | undefined;
}

interface StripeAnswer {
  readonly status?: string;
  readonly error?: StripeRefusal;
}

/**
 * Confirms a payment with a card at the Stripe stand-in, as Stripe.js does at Stripe: with the
 * publishable key and the client secret of the payment.
 *
 * @throws Unreachable when the outcome is unknown: a retry learns it from the payment itself
 */
export async function confirmPayment(
  stripeUrl: string,
  { paymentIntentId, clientSecret, publishableKey }: PaymentKeys,
  card: TypedCard,
  send: typeof fetch = fetch,
): Promise<Confirmation> {
  const expiry = expiryOf(card.expiry);
  const response = await send(`${stripeUrl}/v1/payment_intents/${paymentIntentId}/confirm`, {
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
  }).catch(unreachable);
  if (PASSING.has(response.status) || response.status >= 500) return unreachable(response.status);
  const answer = (await response.json().catch(unreachable)) as StripeAnswer;
  if (answer.error !== undefined) return readRefusal(answer.error);
  return { kind: answer.status === 'requires_action' ? 'needs-bank' : 'confirmed' };
}

/**
 * Reads a refusal. A payment that was confirmed before, by a lost answer or in another tab, is
 * refused too: the buyer must not read then that nothing was charged.
 *
 * @throws Unreachable when the outcome is unknown
 */
export function readRefusal(refusal: StripeRefusal): Confirmation {
  const { type, code, message, payment_intent } = refusal;
  switch (payment_intent?.status) {
    case 'succeeded':
    case 'processing':
    case 'requires_capture':
      return { kind: 'confirmed' };
    case 'canceled':
      return { kind: 'over' };
    case undefined:
      if (code === 'payment_intent_unexpected_state') return { kind: 'confirmed' };
      if (type !== undefined && UNKNOWN_ENDS.has(type)) return unreachable(refusal);
  }
  return { kind: 'declined', message: message ?? 'The card was declined.' };
}

type PaymentKeys = Pick<PaymentView, 'paymentIntentId' | 'clientSecret' | 'publishableKey'>;

/** Rate-limited, or concurrent with another request: refused before anything was done. */
const PASSING = new Set([409, 429]);

/** Stripe.js errors that stand for no answer, a 5xx and a 429. */
const UNKNOWN_ENDS = new Set(['api_connection_error', 'api_error', 'rate_limit_error']);

function unreachable(cause: unknown): never {
  throw new Unreachable('no answer', { cause });
}
