import type { Stripe } from 'stripe';
import type { Api, ApiCall } from './api.ts';
import { balanceObject } from './balance.ts';
import { CONFIRM_PARAMS, confirmIntent } from './confirm.ts';
import { cancelIntent, createIntent, updateIntent } from './intents.ts';
import { listPage } from './lists.ts';
import { methodFrom } from './payment-methods.ts';
import { createRefund } from './refunds.ts';
import { badParam, noSuchObject, refusal } from './stripe-errors.ts';
import { publicView } from './views.ts';
import type { World } from './world.ts';

/** The supported part of Stripe's API. */
export function addRoutes(api: Api, world: World): void {
  addIntentRoutes(api, world);
  const { store } = world;
  api.post('/v1/refunds', ({ form, cause }) => createRefund(world, form, cause));
  api.get('/v1/refunds/:id', ({ id }) => found(store.refunds, id, 'refund', 'id'));
  api.get('/v1/refunds', ({ form }) => {
    const intent = form.text('payment_intent');
    const charge = form.text('charge');
    const matches = (refund: Stripe.Refund) =>
      (intent === undefined || refund.payment_intent === intent) &&
      (charge === undefined || refund.charge === charge);
    const params = ['payment_intent', 'charge'];
    return listPage(store.refunds, form, { url: '/v1/refunds', params, matches });
  });
  api.get('/v1/disputes/:id', ({ id }) => found(store.disputes, id, 'dispute', 'id'));
  api.get('/v1/charges/:id', ({ id }) => found(store.charges, id, 'charge', 'id'));
  api.get('/v1/events/:id', ({ id }) => found(store.events, id, 'event', 'id'));
  api.get('/v1/events', ({ form }) => {
    const type = form.text('type');
    const types = form.list('types');
    if (type !== undefined && types.length > 0) {
      throw badParam('type', 'You may only specify one of these parameters: type, types.');
    }
    const wanted = type === undefined ? types : [type];
    const matches = (event: Stripe.Event) =>
      wanted.length === 0 || wanted.some((pattern) => typeMatches(pattern, event.type));
    const params = ['type', 'types'];
    return listPage(store.events, form, { url: '/v1/events', params, matches });
  });
  api.get('/v1/balance', () => balanceObject(store));
}

function addIntentRoutes(api: Api, world: World): void {
  const { intents } = world.store;
  const url = '/v1/payment_intents';
  const intent = ({ id }: ApiCall) => found(intents, id, 'payment_intent', 'intent');
  api.post(url, ({ form, cause }) => createIntent(world, form, cause));
  api.get(url, ({ form }) => listPage(intents, form, { url }));
  api.get(`${url}/:id`, (call) => seenBy(call, intent(call)), { publishable: true });
  api.post(`${url}/:id`, (call) => updateIntent(world, intent(call), call.form));
  api.post(
    `${url}/:id/confirm`,
    (call) => {
      const { form, cause } = call;
      form.only(CONFIRM_PARAMS);
      const before = intent(call);
      refuseWrongSecret(call, before);
      const confirmed = confirmIntent(world, before, methodFrom(world, form), form, cause);
      return seenBy(call, confirmed);
    },
    { publishable: true },
  );
  api.post(`${url}/:id/cancel`, (call) => cancelIntent(world, intent(call), call.form, call.cause));
}

/** A browser must present the client secret, and sees only some fields. */
function seenBy(call: ApiCall, intent: Stripe.PaymentIntent): object {
  refuseWrongSecret(call, intent);
  return call.by === 'publishable' ? publicView(intent) : intent;
}

function refuseWrongSecret({ by, form }: ApiCall, intent: Stripe.PaymentIntent): void {
  const given = form.text('client_secret');
  if (given === undefined && by === 'publishable') form.required('client_secret');
  if (given === undefined || given === intent.client_secret) return;
  throw refusal(
    'The client_secret provided does not match the client_secret associated with the ' +
      'PaymentIntent.',
    { code: 'payment_intent_invalid_parameter', param: 'client_secret' },
  );
}

function found<T>(all: ReadonlyMap<string, T>, id: string, kind: string, param: string): T {
  const one = all.get(id);
  if (one === undefined) throw noSuchObject(kind, id, param);
  return one;
}

/** `charge.*` matches all events of a charge. */
function typeMatches(pattern: string, type: string): boolean {
  return pattern.endsWith('.*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
}
