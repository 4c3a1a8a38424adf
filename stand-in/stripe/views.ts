import type { Stripe } from 'stripe';
import type { Form } from './form.ts';
import type { Store } from './store.ts';
import { badParam } from './stripe-errors.ts';

const PUBLIC_FIELDS = [
  ...['id', 'object', 'amount', 'automatic_payment_methods', 'canceled_at', 'cancellation_reason'],
  ...['capture_method', 'client_secret', 'confirmation_method', 'created', 'currency'],
  ...['description', 'last_payment_error', 'livemode', 'next_action', 'payment_method'],
  ...['payment_method_types', 'processing', 'receipt_email', 'setup_future_usage', 'shipping'],
  ...['source', 'status'],
];

/** The fields of a PaymentIntent that a browser sees: no metadata, for example. */
export function publicView(intent: Stripe.PaymentIntent): object {
  const fields = Object.entries(intent).filter(([name]) => PUBLIC_FIELDS.includes(name));
  return Object.fromEntries(fields);
}

/**
 * The object with the ids named by `expand[]` replaced by their objects: `latest_charge`, or
 * `data.latest_charge` in a list.
 *
 * @throws StripeFailure when a named field is not an id
 */
export function expanded(store: Store, object: object, form: Form): object {
  let result = object;
  for (const path of form.list('expand')) {
    const inList = path.startsWith('data.');
    const name = inList ? path.slice('data.'.length) : path;
    const one = (item: object) => expandedBy(store, item, name);
    if (!inList) result = one(result);
    else if ('data' in result && Array.isArray(result.data)) {
      result = { ...result, data: result.data.map(one) };
    }
  }
  return result;
}

function expandedBy(store: Store, object: object, name: string): object {
  const id: unknown = Object.entries(object).find(([field]) => field === name)?.[1];
  if (id === null) return object;
  if (typeof id === 'string') {
    const found = store.charges.get(id) ?? store.intents.get(id) ?? store.refunds.get(id);
    if (found !== undefined) return { ...object, [name]: found };
  }
  throw badParam('expand', `This property cannot be expanded (${name}).`);
}
