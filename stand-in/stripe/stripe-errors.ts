import type { Stripe } from 'stripe';

/** The `error` object of a refusal. */
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
  /** Whether an idempotency key keeps this response: not when the call was refused unexecuted. */
  readonly executed: boolean;

  constructor(status: number, body: ErrorBody, executed: boolean) {
    super(body.message);
    this.status = status;
    this.body = withDocs(body);
    this.executed = executed;
  }
}

/**
 * A parameter is missing or malformed: nothing was executed, and no idempotency key remembers it.
 */
export function badParam(param: string, message: string, code?: string): StripeFailure {
  return new StripeFailure(400, { ...invalid(message, code), param }, false);
}

/** The object in the path does not exist (404). */
export function noSuchObject(kind: string, id: string, param: string): StripeFailure {
  const body = invalid(`No such ${kind}: '${id}'`, 'resource_missing');
  return new StripeFailure(404, { ...body, param }, true);
}

/** An object named by a parameter does not exist (400). */
export function noSuchParam(kind: string, id: string, param: string): StripeFailure {
  const body = invalid(`No such ${kind}: '${id}'`, 'resource_missing');
  return new StripeFailure(400, { ...body, param }, true);
}

/** A well-formed call that the current state forbids (400). */
export function refusal(message: string, extra: Partial<ErrorBody> = {}): StripeFailure {
  return new StripeFailure(400, { ...invalid(message), ...extra }, true);
}

/** The PaymentIntent is in a state that does not allow this; the error includes the intent. */
export function unexpectedState(message: string, intent: Stripe.PaymentIntent): StripeFailure {
  return refusal(message, { code: 'payment_intent_unexpected_state', payment_intent: intent });
}

/** The key is missing or invalid (401). */
export function notAuthenticated(message: string): StripeFailure {
  return new StripeFailure(401, invalid(message), false);
}

/** An error of Stripe itself (500). */
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
