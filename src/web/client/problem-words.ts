import type { ErrorCode } from '../../domain/errors.ts';
import { secondsInWords } from '../kit/clock/durations.ts';
import { AnotherBuyer, ApiProblem, AttemptLapsed, CartChanged, Unreachable } from './problem.ts';

/** An error for people: what is wrong, and what they can do. */
export interface Words {
  readonly title: string;
  readonly help: string;
}

const RELOAD = 'Please reload the page and try again.';

/** Words for every error code. Those that only sellers meet are brief. */
export const PROBLEM_WORDS: Record<ErrorCode, Words> = {
  invalid_signature: say('A message from the payment service was not signed correctly.', RELOAD),
  malformed_json: say('Something went wrong on the way to us.', RELOAD),
  malformed_request: say('Something went wrong on the way to us.', RELOAD),
  invalid_credentials: say(
    'The e-mail address or the password is wrong.',
    'Please try again. If you have no account yet, you can create one or buy as a guest.',
  ),
  invalid_refresh_token: say('You have been signed out.', 'Please sign in again.'),
  unauthenticated: say('You are no longer signed in.', 'Please sign in again.'),
  forbidden: say(
    'Your account may not do this.',
    'It is for the people who run this shop. Sign in with another account if you have one.',
  ),
  guests_not_allowed: say(
    'This shop sells to accounts only.',
    'Create an account: it takes an e-mail address and a password.',
  ),
  not_found: say('There is nothing here.', 'Go back to all sales.'),
  no_challenge: say('This sale needs no robot check.', 'Please press Buy again.'),
  sale_not_found: say('There is no such sale.', 'It may have been moved: go back to all sales.'),
  product_not_found: say('This product no longer exists.', RELOAD),
  ticket_not_found: say(
    'We cannot show you this place in line.',
    'It belongs to someone else, or you were signed in to another account when you took it.',
  ),
  log_not_published: say('This shop publishes no log of its sales.', 'Ask its owner why.'),
  order_not_found: say(
    'We cannot show you this order.',
    'It belongs to someone else, or you were signed in to another account when you placed it.',
  ),
  invalid_link: say(
    'This link no longer works.',
    'Use the link in the newest mail about your order, or sign in.',
  ),
  webhook_not_found: say('There is no such webhook.', RELOAD),
  delivery_not_found: say('There is no such delivery.', RELOAD),
  request_timeout: say('The connection is very slow.', 'We are trying again.'),
  registration_refused: say(
    'There is already an account with this e-mail address.',
    'Sign in with it instead.',
  ),
  sale_not_open: say(
    'The sale has not opened yet.',
    'Stay on this page: the button wakes up when it does.',
  ),
  sale_closed: say('The sale is over.', 'Nothing more can be bought.'),
  cart_empty: say(
    'Your cart is empty.',
    'Add something to it. If you have just bought it, look at your orders.',
  ),
  sale_opened: say('The sale has opened.', 'Start, price and currency can no longer change.'),
  payment_required: say('This order has a price.', RELOAD),
  order_not_payable: say(
    'This order cannot be paid.',
    'It is already paid, or its time has run out. Nothing was charged twice.',
  ),
  payment_refused: say(
    'The payment service does not accept this amount.',
    'Nothing was charged. Please tell the seller.',
  ),
  not_refundable: say(
    'This cannot be refunded.',
    'It was not paid, or its payment is disputed: see the order.',
  ),
  refund_too_large: say('That is more than is left to refund.', RELOAD),
  not_cancellable: say(
    'This can no longer be given back.',
    'It is over, or paid, or the payment is on its way.',
  ),
  idempotency_key_reused: say('This was already done, with other details.', RELOAD),
  insufficient_stock: say('There are not that many available.', 'The others are held or sold.'),
  too_many_products: say('The sale cannot have more products.', 'Create another sale.'),
  too_many_units: say('The product would have too many units.', 'Add fewer.'),
  too_many_webhooks: say('The sale cannot have more webhooks.', 'Remove one first.'),
  challenge_used: say('The robot check was already used.', 'Please press Buy again for a new one.'),
  body_too_large: say('That is too much at once.', 'Please choose fewer things.'),
  unsupported_media_type: say('Something went wrong on the way to us.', RELOAD),
  validation_failed: say('Something is not filled in correctly.', 'Please check the fields.'),
  unknown_product: say('A product is no longer on sale.', RELOAD),
  invalid_quantity: say(
    'That is more than one buyer can have.',
    'Please choose fewer, over all products together.',
  ),
  mixed_currencies: say(
    'These are priced in several currencies.',
    'Please buy them one currency at a time.',
  ),
  invalid_window: say('A sale must start before it ends.', 'Change one of the times.'),
  invalid_idempotency_key: say('Something went wrong on our page.', RELOAD),
  challenge_failed: say(
    'The robot check failed.',
    'Please press Buy again for a new one. It takes a second.',
  ),
  challenge_required: say('This sale checks that you are not a robot.', 'Please press Buy again.'),
  too_many_requests: say(
    'That was a little too often.',
    'Please wait a moment. Asking more often does not make the line faster.',
  ),
  headers_too_large: say('Something went wrong on the way to us.', RELOAD),
  internal_error: say(
    'Something went wrong on our side.',
    'Please try again. If you have a place in line, it is not lost.',
  ),
  payments_unavailable: say(
    'Payments are unavailable at the moment.',
    'We keep trying. Your hold keeps running meanwhile.',
  ),
  line_full: say('The line is full right now.', 'We keep asking for your place.'),
  unavailable: say(
    'We are unavailable for a moment.',
    'We keep trying. What you have is not lost.',
  ),
};

const OFFLINE: Words = {
  title: 'We cannot be reached.',
  help: 'We keep trying. If you have a place in line, it is kept.',
};

const ANOTHER_BUYER: Words = {
  title: 'Someone else is signed in now.',
  help: 'Nothing was bought in their name. Please press Buy again if you want it.',
};

const ATTEMPT_LAPSED: Words = {
  title: 'We have stopped asking for your place.',
  help: 'You were away for a while. Nothing is bought without your say-so.',
};

const CART_CHANGED: Words = {
  title: 'Your cart has changed.',
  help: 'Look at what is in it, and buy again. What you have bought already is in your orders.',
};

const UNKNOWN: Words = { title: 'Something went wrong on this page.', help: RELOAD };

/** The words for any error, with when to try again where that is known. */
export function wordsFor(error: unknown): Words {
  if (error instanceof Unreachable) return OFFLINE;
  if (error instanceof AnotherBuyer) return ANOTHER_BUYER;
  if (error instanceof AttemptLapsed) return ATTEMPT_LAPSED;
  if (error instanceof CartChanged) return CART_CHANGED;
  if (!(error instanceof ApiProblem)) return UNKNOWN;
  const words = PROBLEM_WORDS[error.code] ?? UNKNOWN;
  if (error.status !== 429 || error.retryAfterSeconds === undefined) return words;
  const wait = secondsInWords(error.retryAfterSeconds);
  return { ...words, help: `You can try again in ${wait}. ${words.help}` };
}

function say(title: string, help: string): Words {
  return { title, help };
}
