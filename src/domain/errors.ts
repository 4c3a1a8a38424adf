import type { LimitState } from './limits.ts';

/**
 * Every error that a client can get: its HTTP status, its title, and for 503 and 429 when to retry.
 */
export const ERRORS = {
  invalid_signature: { status: 400, title: "The signature is not Stripe's" },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  malformed_request: { status: 400, title: 'The request is not valid HTTP' },
  invalid_credentials: { status: 401, title: 'The e-mail address or the password is wrong' },
  invalid_refresh_token: { status: 401, title: 'This refresh token cannot be exchanged' },
  unauthenticated: { status: 401, title: 'A valid access token is needed' },
  forbidden: { status: 403, title: 'This needs another role' },
  guests_not_allowed: { status: 403, title: 'An account is needed here' },
  not_found: { status: 404, title: 'There is nothing here' },
  no_challenge: { status: 404, title: 'This sale asks for no challenge' },
  sale_not_found: { status: 404, title: 'There is no such sale' },
  product_not_found: { status: 404, title: 'There is no such product' },
  ticket_not_found: { status: 404, title: 'You have no such ticket' },
  log_not_published: { status: 404, title: 'This shop publishes no log of its sales' },
  order_not_found: { status: 404, title: 'You have no such order' },
  invalid_link: { status: 404, title: 'This link does not open the order' },
  webhook_not_found: { status: 404, title: 'There is no such webhook' },
  delivery_not_found: { status: 404, title: 'There is no such delivery' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  registration_refused: { status: 409, title: 'No account can be made for this address' },
  sale_not_open: { status: 409, title: 'The sale has not opened yet' },
  sale_closed: { status: 409, title: 'The sale is over' },
  cart_empty: { status: 409, title: 'There is nothing in the cart' },
  sale_opened: { status: 409, title: 'The sale has opened: start, price and currency are frozen' },
  payment_required: { status: 409, title: 'This order has to be paid' },
  order_not_payable: { status: 409, title: 'This order cannot be paid' },
  payment_refused: { status: 409, title: 'Stripe does not take this payment' },
  not_refundable: { status: 409, title: 'This cannot be refunded' },
  refund_too_large: { status: 409, title: 'That is more than is left to give back' },
  not_cancellable: { status: 409, title: 'This can no longer be cancelled' },
  idempotency_key_reused: {
    status: 409,
    title: 'This Idempotency-Key was used for something else',
  },
  insufficient_stock: { status: 409, title: 'Fewer units are available than are to be taken away' },
  too_many_products: { status: 409, title: 'The sale has as many products as it may have' },
  too_many_units: { status: 409, title: 'The product would have more units than it may have' },
  too_many_webhooks: { status: 409, title: 'The sale has as many webhooks as it may have' },
  challenge_used: { status: 409, title: 'This solution was used for another request' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json' },
  validation_failed: { status: 422, title: 'The request is not of the form it must have' },
  unknown_product: { status: 422, title: 'The sale has no such product' },
  invalid_quantity: { status: 422, title: 'That quantity cannot be bought' },
  mixed_currencies: { status: 422, title: 'All items of a ticket must have one currency' },
  invalid_window: { status: 422, title: 'A sale must start before it ends' },
  invalid_idempotency_key: {
    status: 422,
    title: 'An Idempotency-Key has 1 to 255 printable characters',
  },
  challenge_failed: { status: 422, title: 'This does not solve a challenge of yours' },
  challenge_required: { status: 428, title: 'This sale asks for the solution of a challenge' },
  too_many_requests: { status: 429, title: 'Too many requests', retryAfterSeconds: 60 },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  payments_unavailable: {
    status: 503,
    title: 'Payments are temporarily unavailable',
    retryAfterSeconds: 5,
  },
  line_full: { status: 503, title: 'The line is full for the moment', retryAfterSeconds: 5 },
  unavailable: {
    status: 503,
    title: 'A part of the service is temporarily unavailable',
    retryAfterSeconds: 2,
  },
} as const satisfies Record<string, ErrorKind>;

interface ErrorKind {
  readonly status: number;
  readonly title: string;
  readonly retryAfterSeconds?: number;
}

export type ErrorCode = keyof typeof ERRORS;

/** One invalid field of a request. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** An error of the closed list, with details of this one case. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: ErrorCode;
  readonly fields: readonly FieldProblem[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly limit: LimitState | undefined;

  /**
   * @param detail what happened and what to do about it, for people; defaults to the title
   * @param more.fields the invalid fields of a malformed request
   * @param more.retryAfterSeconds when to retry; defaults to the code's value
   * @param more.limit the limit that refused the request, if one did
   */
  constructor(
    code: ErrorCode,
    detail?: string,
    more: {
      fields?: readonly FieldProblem[];
      retryAfterSeconds?: number;
      limit?: LimitState;
    } = {},
  ) {
    super(detail ?? ERRORS[code].title);
    const kind: ErrorKind = ERRORS[code];
    this.code = code;
    this.fields = more.fields;
    this.limit = more.limit;
    this.retryAfterSeconds = more.retryAfterSeconds ?? kind.retryAfterSeconds;
  }
}

/** Before a sale opens: the caller may retry in `inMs`. */
export function saleNotOpen(inMs: number): DomainError {
  const retryAfterSeconds = Math.ceil(inMs / 1000);
  const detail = 'The sale has not opened yet: see its startsAt.';
  return new DomainError('sale_not_open', detail, { retryAfterSeconds });
}

/** The refusal of a request over a limit. */
export function tooManyRequests(limit: LimitState): DomainError {
  const retryAfterSeconds = Math.max(1, limit.resetSeconds);
  const detail = `Too many requests. Try again in ${retryAfterSeconds} s.`;
  return new DomainError('too_many_requests', detail, { retryAfterSeconds, limit });
}
