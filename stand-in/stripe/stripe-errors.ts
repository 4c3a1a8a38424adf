import type { Stripe } from 'stripe';

/** What stands in `error` of a refusal. */
export interface ErrorBody {
  readonly type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly decline_code?: string;
  readonly charge?: string;
  readonly doc_url?: string;
  readonly payment_intent?: Stripe.PaymentIntent;
  readonly payment_method?: Stripe.PaymentMethod;
}

/** A call that is answered with an error object. */
export class StripeFailure extends Error {
  override readonly name = 'StripeFailure';
  /** The HTTP status. */
  readonly status: number;
  readonly body: ErrorBody;
  /** Whether an idempotency key keeps this answer: not when the call was refused unexecuted. */
  readonly executed: boolean;

  constructor(status: number, body: ErrorBody, executed: boolean) {
    super(body.message);
    this.status = status;
    this.body = withDocs(body);
    this.executed = executed;
  }
}

/** A parameter is missing or malformed: nothing was executed, no idempotency key remembers it. */
export function badParam(param: string, message: string, code?: string): StripeFailure {
  return new StripeFailure(400, { ...invalid(message, code), param }, false);
}

/** What the path names does not exist (404). */
export function noSuchObject(kind: string, id: string, param: string): StripeFailure {
  const body = invalid(`No such ${kind}: '${id}'`, 'resource_missing');
  return new StripeFailure(404, { ...body, param }, true);
}

/** What a parameter names does not exist (400). */
export function noSuchParam(kind: string, id: string, param: string): StripeFailure {
  const body = invalid(`No such ${kind}: '${id}'`, 'resource_missing');
  return new StripeFailure(400, { ...body, param }, true);
}

/** A well-formed call that the state of things forbids (400). */
export function refusal(message: string, extra: Partial<ErrorBody> = {}): StripeFailure {
  return new StripeFailure(400, { ...invalid(message), ...extra }, true);
}

/** The PaymentIntent is in a state in which this cannot be done; it is in the error, as it is. */
export function unexpectedState(message: string, intent: Stripe.PaymentIntent): StripeFailure {
  return refusal(message, { code: 'payment_intent_unexpected_state', payment_intent: intent });
}

/** The key is missing or is none (401). */
export function notAuthenticated(message: string): StripeFailure {
  return new StripeFailure(401, invalid(message), false);
}

/** Stripe's own trouble (500). */
export function serverTrouble(): StripeFailure {
  const message = 'An unknown error occurred';
  return new StripeFailure(500, { type: 'api_error', message }, true);
}

function invalid(message: string, code?: string): ErrorBody {
  return { type: 'invalid_request_error', message, ...(code === undefined ? {} : { code }) };
}

function withDocs(body: ErrorBody): ErrorBody {
  if (body.code === undefined) return body;
  return {
    ...body,
    doc_url: `https://stripe.com/docs/error-codes/${body.code.replace(/_/g, '-')}`,
  };
}
