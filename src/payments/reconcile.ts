import type Stripe from 'stripe';
import { readOldest } from '../db/payment-requests.ts';
import { findPayments, type PaymentRow } from '../db/payments.ts';
import { raiseCursor, readCursor } from '../db/stripe-cursor.ts';
import { storeEvents } from '../db/stripe-events.ts';
import type { PaymentDeps } from './deps.ts';
import { FOLLOWED, toStored } from './events.ts';
import { followIntent } from './follow-intent.ts';

/** Items per page of a Stripe list; a page is looked up in Postgres as a whole. */
const PAGE = 100;

/** Stripe lists an event slightly later than its timestamp. */
const OVERLAP_MS = 300_000;

/**
 * The result of a comparison with Stripe: events whose webhook never arrived, and PaymentIntents
 * that were settled or updated.
 */
export interface Reconciled {
  readonly events: readonly string[];
  readonly intents: number;
}

/**
 * Compares with Stripe: stores the events of a time window whose webhook never arrived (to be
 * applied like all others) and follows the PaymentIntents created in it that are not settled.
 *
 * @param since the start of the window
 * @throws Stripe's error when it is unavailable; AggregateError with the payments that could not be
 *   followed, after all others were
 */
export async function reconcilePayments(deps: PaymentDeps, since: Date): Promise<Reconciled> {
  const events = await readEvents(deps, since);
  const { log } = deps;
  if (events.length > 0)
    log.warn({ events: events.length }, 'stored events whose webhook never arrived');
  const intents = await followIntents(deps, since);
  if (intents > 0) log.info({ intents }, 'payments updated by reconciliation');
  return { events, intents };
}

/** The same for everything since the last reconciliation. */
export async function reconcileRecent(deps: PaymentDeps): Promise<Reconciled> {
  const from = (await readCursor(deps.db)) ?? (await readOldest(deps.db));
  if (from === undefined) return { events: [], intents: 0 }; // there has never been a payment
  return reconcilePayments(deps, new Date(from.getTime() - OVERLAP_MS));
}

async function readEvents({ stripe, db }: PaymentDeps, since: Date): Promise<string[]> {
  const fresh: string[] = [];
  let newest = 0;
  const created = { gte: secondsOf(since) };
  const list = stripe.events.list({ created, types: [...FOLLOWED], limit: PAGE });
  for await (const page of pagesOf(list)) {
    newest = Math.max(newest, ...page.map((event) => event.created));
    fresh.push(...(await storeEvents(db, page.map(toStored))));
  }
  // By Stripe's clock (test clocks may be ahead), and only when all of them are stored.
  if (newest > 0) await raiseCursor(db, new Date(Math.min(newest * 1000, Date.now())));
  return fresh;
}

async function followIntents(deps: PaymentDeps, since: Date): Promise<number> {
  let followed = 0;
  const errors: unknown[] = [];
  const created = { gte: secondsOf(since) };
  for await (const page of pagesOf(deps.stripe.paymentIntents.list({ created, limit: PAGE }))) {
    const ours = page.filter((intent) => intent.metadata['orderId'] !== undefined);
    const ids = ours.map(({ id }) => id);
    const known = await findPayments(deps.db, ids);
    for (const intent of ours) {
      if (!isNews(intent, known.get(intent.id))) continue;
      try {
        await followIntent(deps, intent);
        followed++;
      } catch (error) {
        errors.push(error); // one that cannot be followed must not hide the others
      }
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'not every payment could be followed');
  return followed;
}

/** Whether a PaymentIntent has a state that we do not know yet, or is not settled. */
function isNews(intent: Stripe.PaymentIntent, known: PaymentRow | undefined): boolean {
  if (known === undefined) return true;
  if (intent.status === 'succeeded') return known.outcome === null;
  return known.outcome === null && known.status !== intent.status;
}

/** A Stripe list in pages. */
async function* pagesOf<T>(list: AsyncIterable<T>): AsyncGenerator<T[]> {
  let page: T[] = [];
  for await (const item of list) {
    page.push(item);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  yield page;
}

function secondsOf(moment: Date): number {
  return Math.floor(moment.getTime() / 1000);
}
