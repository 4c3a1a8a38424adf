import type { Stripe } from 'stripe';
import type { Form } from './form.ts';
import { badParam, noSuchParam } from './stripe-errors.ts';

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 10;
/** Parameters of every list. */
const LIST_PARAMS = ['limit', 'starting_after', 'ending_before', 'created'];

interface Listed {
  readonly id: string;
  readonly created: number;
}

export interface ListOptions<T> {
  /** The path of the list, part of the response. */
  readonly url: string;
  /** Parameters besides those of every list. */
  readonly params?: readonly string[];
  /** Filters the list, in addition to `created`. */
  readonly matches?: (item: T) => boolean;
}

/**
 * One page of a list, newest first.
 *
 * @param oldestFirst all objects, in order of creation
 */
export function listPage<T extends Listed>(
  oldestFirst: ReadonlyMap<string, T>,
  form: Form,
  { url, params = [], matches = () => true }: ListOptions<T>,
): Stripe.ApiList<T> {
  form.only([...LIST_PARAMS, ...params]);
  const limit = form.integer('limit', 1, MAX_LIMIT) ?? DEFAULT_LIMIT;
  const inTime = createdFilter(form);
  const after = form.text('starting_after');
  const before = form.text('ending_before');
  if (after !== undefined && before !== undefined) {
    const message = 'You may only specify one of these parameters: ending_before, starting_after.';
    throw badParam('starting_after', message);
  }
  const all = [...oldestFirst.values()].reverse();
  const from = after === undefined ? 0 : placeOf(all, after, 'starting_after') + 1;
  const to = before === undefined ? all.length : placeOf(all, before, 'ending_before');
  const found = all.slice(from, to).filter((item) => inTime(item.created) && matches(item));
  // Paging backwards, the page ends right before the named object.
  const data = before === undefined ? found.slice(0, limit) : found.slice(-limit);
  return { object: 'list', data, has_more: found.length > data.length, url };
}

function placeOf(all: readonly Listed[], id: string, param: string): number {
  const place = all.findIndex((item) => item.id === id);
  if (place === -1) throw noSuchParam('object', id, param);
  return place;
}

function createdFilter(form: Form): (created: number) => boolean {
  const exact = form.integer('created', 0);
  const gte = form.integer('created[gte]', 0);
  const gt = form.integer('created[gt]', 0);
  const lte = form.integer('created[lte]', 0);
  const lt = form.integer('created[lt]', 0);
  return (created) =>
    (exact === undefined || created === exact) &&
    (gte === undefined || created >= gte) &&
    (gt === undefined || created > gt) &&
    (lte === undefined || created <= lte) &&
    (lt === undefined || created < lt);
}
