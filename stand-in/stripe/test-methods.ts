/** Why a card is declined. */
export interface Decline {
  readonly code: string;
  readonly declineCode: string;
  readonly message: string;
}

/** What a payment with the method comes to. */
type Outcome =
  | { readonly kind: 'succeeds' }
  | { readonly kind: 'declined'; readonly decline: Decline }
  | { readonly kind: 'needs-action' }
  | { readonly kind: 'processes'; readonly end: 'succeeded' | 'failed' };

/** One of Stripe's test payment methods. */
export interface TestMethod {
  /** Its name in {@link findTestMethod}. */
  readonly name: string;
  readonly type: 'card' | 'us_bank_account';
  /** Brand of the card, or name of the bank. */
  readonly brand: string;
  readonly last4: string;
  readonly outcome: Outcome;
  /** The outcome of refunds of its payments, unless they succeed at once. */
  readonly refund?: 'succeeds-later' | 'fails-later';
  /** The buyer disputes its payments at once. */
  readonly isDisputed?: true;
}

const SUCCEEDS: Outcome = { kind: 'succeeds' };
const NEEDS_ACTION: Outcome = { kind: 'needs-action' };

const METHODS: readonly TestMethod[] = [
  card('pm_card_visa', 'visa', '4242'),
  card('pm_card_visa_debit', 'visa', '5556'),
  card('pm_card_mastercard', 'mastercard', '4444'),
  card('pm_card_mastercard_debit', 'mastercard', '8210'),
  card('pm_card_amex', 'amex', '8431'),
  card('pm_card_discover', 'discover', '9424'),
  card('pm_card_diners', 'diners', '0004'),
  card('pm_card_jcb', 'jcb', '0505'),
  card('pm_card_unionpay', 'unionpay', '0005'),
  declined('pm_card_chargeDeclined', '0002', 'card_declined', 'generic_decline', 'was declined.'),
  declined(
    'pm_card_chargeDeclinedInsufficientFunds',
    '9995',
    'card_declined',
    'insufficient_funds',
    'has insufficient funds.',
  ),
  declined(
    'pm_card_chargeDeclinedExpiredCard',
    '0069',
    'expired_card',
    'expired_card',
    'has expired.',
  ),
  declined(
    'pm_card_chargeDeclinedIncorrectCvc',
    '0127',
    'incorrect_cvc',
    'incorrect_cvc',
    "'s security code is incorrect.",
  ),
  {
    ...card('pm_card_chargeDeclinedProcessingError', 'visa', '0119'),
    outcome: {
      kind: 'declined',
      decline: {
        code: 'processing_error',
        declineCode: 'processing_error',
        message: 'An error occurred while processing your card. Try again in a little bit.',
      },
    },
  },
  { ...card('pm_card_authenticationRequired', 'visa', '3155'), outcome: NEEDS_ACTION },
  { ...card('pm_card_threeDSecure2Required', 'visa', '3220'), outcome: NEEDS_ACTION },
  { ...card('pm_card_createDispute', 'visa', '0259'), isDisputed: true },
  { ...card('pm_card_pendingRefund', 'visa', '7726'), refund: 'succeeds-later' },
  { ...card('pm_card_refundFail', 'visa', '5126'), refund: 'fails-later' },
  bank('pm_usBankAccount_success', '6789', 'succeeded'),
  bank('pm_usBankAccount_insufficientFunds', '2227', 'failed'),
];

const NUMBERS: ReadonlyMap<string, string> = new Map([
  ['4242424242424242', 'pm_card_visa'],
  ['4000000000000002', 'pm_card_chargeDeclined'],
  ['4000000000000259', 'pm_card_createDispute'],
  ['4000000000009995', 'pm_card_chargeDeclinedInsufficientFunds'],
  ['4000002500003155', 'pm_card_authenticationRequired'],
]);

/** The test payment method of a name: `pm_card_visa`, `pm_card_visa_chargeDeclined`, … */
export function findTestMethod(name: string): TestMethod | undefined {
  if (name === 'pm_usBankAccount') return findTestMethod('pm_usBankAccount_success');
  // Stripe also offers its declines under the brand of the card.
  const plain = name.replace(/^pm_card_visa_(?=chargeDeclined)/, 'pm_card_');
  return METHODS.find((method) => method.name === plain);
}

/** The test payment method of a card number, with or without spaces. */
export function findTestCard(number: string): TestMethod | undefined {
  const name = NUMBERS.get(number.replace(/\s/g, ''));
  return name === undefined ? undefined : findTestMethod(name);
}

function card(name: string, brand: string, last4: string): TestMethod {
  return { name, type: 'card', brand, last4, outcome: SUCCEEDS };
}

function declined(
  name: string,
  last4: string,
  code: string,
  declineCode: string,
  why: string,
): TestMethod {
  const message = `Your card${why.startsWith("'") ? '' : ' '}${why}`;
  const decline = { code, declineCode, message };
  return { ...card(name, 'visa', last4), outcome: { kind: 'declined', decline } };
}

function bank(name: string, last4: string, end: 'succeeded' | 'failed'): TestMethod {
  const outcome = { kind: 'processes', end } as const;
  return { name, type: 'us_bank_account', brand: 'STRIPE TEST BANK', last4, outcome };
}
