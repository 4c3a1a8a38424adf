import { readOldestOpen } from '../db/payment-requests.ts';
import { findPayments } from '../db/payments.ts';
import { raiseCursor, readCursor } from '../db/stripe-cursor.ts';
import { storeEvents } from '../db/webhook-events.ts';
import type { PaymentDeps } from './deps.ts';
import { FOLLOWED } from './events.ts';
import { followIntent } from './follow-intent.ts';

/** Things of Stripe's lists that one request asks for, and that are looked up together. */
const PAGE = 100;

/** Stripe lists an event a moment after the time that it carries. */
const OVERLAP_MS = 300_000;

/** Stripe lists the events of 30 days. */
const EVENTS_KEPT_MS = 30 * 86_400_000;

/** What a comparison with Stripe brought: events that no webhook had told, PaymentIntents that were followed. */
export interface Reconciled {
  readonly events: readonly string[];
  readonly intents: number;
}

/**
 * Compares with Stripe: takes up the events of a time window that no webhook told (to be applied like those that were)
 * and follows the PaymentIntents made in it that are not settled.
 *
 * @param since where the window begins
 * @throws Stripe's error when it is away, and what settling throws: try again
 */
export async function reconcilePayments(
  deps: PaymentDeps,
  since: { readonly events: Date; readonly intents: Date },
): Promise<Reconciled> {
  const events = await readEvents(deps, since.events);
  const intents = await followIntents(deps, since.intents);
  const { log } = deps;
  if (events.length > 0) log.warn({ events: events.length }, 'events that no webhook had told');
  if (intents > 0) log.info({ intents }, 'payments followed by reconciling');
  return { events, intents };
}

/** The same for what has happened since the last time and for all payments that are open. */
export async function reconcileRecent(deps: PaymentDeps, nowMs: number): Promise<Reconciled> {
  const oldest = await readOldestOpen(deps.db);
  const watched = await readCursor(deps.db);
  const earliest = new Date(nowMs - EVENTS_KEPT_MS);
  const from = watched ?? oldest ?? new Date(nowMs);
  const reconciled = await reconcilePayments(deps, {
    events: new Date(Math.max(from.getTime() - OVERLAP_MS, earliest.getTime())),
    intents: new Date((oldest?.getTime() ?? nowMs) - OVERLAP_MS),
  });
  await raiseCursor(deps.db, new Date(nowMs));
  return reconciled;
}

async function readEvents({ stripe, db }: PaymentDeps, since: Date): Promise<string[]> {
  const fresh: string[] = [];
  const created = { gte: secondsOf(since) };
  const list = stripe.events.list({ created, types: [...FOLLOWED], limit: PAGE });
  for await (const page of pagesOf(list)) {
    const rows = page.map((event) => {
      return { id: event.id, type: event.type, payload: JSON.stringify(event) };
    });
    fresh.push(...(await storeEvents(db, rows)));
  }
  return fresh;
}

async function followIntents(deps: PaymentDeps, since: Date): Promise<number> {
  let followed = 0;
  const list = deps.stripe.paymentIntents.list({
    created: { gte: secondsOf(since) },
    limit: PAGE,
  });
  for await (const page of pagesOf(list)) {
    const ours = page.filter((intent) => intent.metadata['orderId'] !== undefined);
    const known = await findPayments(
      deps.db,
      ours.map(({ id }) => id),
    );
    for (const intent of ours) {
      const payment = known.get(intent.id);
      if (payment?.outcome != null || payment?.status === intent.status) continue;
      await followIntent(deps, intent);
      followed++;
    }
  }
  return followed;
}

/** A list of Stripe's in pages. */
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
