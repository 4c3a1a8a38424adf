import type { Stripe } from 'stripe';
import type { Form } from './form.ts';
import { badParam } from './stripe-errors.ts';

const MAX_KEYS = 50;
const MAX_KEY_LENGTH = 40;
const MAX_VALUE_LENGTH = 500;

/**
 * The metadata after a call: its members are merged in, an empty value removes a member, an empty
 * `metadata` removes all.
 *
 * @throws StripeFailure when it is larger than Stripe allows
 */
export function mergeMetadata(before: Stripe.Metadata, form: Form): Stripe.Metadata {
  if (form.text('metadata') === '') return {};
  const after = new Map(Object.entries(before));
  for (const [key, value] of form.members('metadata')) {
    const field = `metadata[${key}]`;
    if (key.length > MAX_KEY_LENGTH) {
      throw badParam(field, `Metadata keys can have up to ${MAX_KEY_LENGTH} characters.`);
    }
    if (value.length > MAX_VALUE_LENGTH) {
      throw badParam(field, `Metadata values can have up to ${MAX_VALUE_LENGTH} characters.`);
    }
    if (value === '') after.delete(key);
    else after.set(key, value);
  }
  if (after.size > MAX_KEYS) {
    throw badParam('metadata', `Metadata can have up to ${MAX_KEYS} keys.`);
  }
  return Object.fromEntries(after);
}
