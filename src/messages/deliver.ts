import {
  type ClaimedDelivery,
  claimDelivery,
  type DeliveryTask,
  type DeliveryTry,
  recordTry,
} from '../db/deliveries.ts';
import { findOrders } from '../db/orders.ts';
import { isMailed, WAIT_ENDED } from '../domain/message.ts';
import { isOutage } from '../process/outage.ts';
import type { MessageDeps } from './deps.ts';
import { waitMs } from './schedule.ts';
import { sendMail, sendWaitEnded } from './send-mail.ts';
import { sendWebhook } from './send-webhook.ts';
import type { TryResult } from './try-result.ts';

/**
 * When a missing address is looked up again: the API writes new ones once per second while Postgres
 * is available.
 */
const ADDRESS_WAITS_MS = [2_000, 10_000, 60_000];

/** How long an attempt is leased, in ms: longer than mails and webhooks may take. */
const LEASE_MS = 45_000;

/**
 * Attempts a due delivery and records the result. If the process dies in between, the delivery
 * stays claimed and is sent again when its lease expires, under the same event id. A failed one is
 * retried on the schedule, and given up after a day.
 */
export async function deliver(deps: MessageDeps, { id }: DeliveryTask): Promise<void> {
  const { db, log, nowMs } = deps;
  try {
    const now = nowMs();
    const lease = { now: new Date(now), until: new Date(now + LEASE_MS) };
    const delivery = await claimDelivery(db, id, lease);
    if (delivery === undefined) return;
    const attempt = await attemptOnce(deps, delivery);
    const next = nextOf(attempt, delivery.step, new Date(nowMs()));
    await recordTry(db, delivery, next);
    const about = { delivery: id, event: delivery.message_id, channel: delivery.channel };
    const { state, status } = next;
    log[state === 'sent' ? 'info' : 'warn'](
      { ...about, state, status, step: next.step },
      'message',
    );
  } catch (error) {
    if (!isOutage(error)) throw error;
    log.warn({ err: error, delivery: id }, 'message not delivered, will be retried');
  }
}

/**
 * A bug triggered by one message must not keep it due for ever: it backs off like any other
 * failure.
 */
async function attemptOnce(deps: MessageDeps, delivery: ClaimedDelivery): Promise<TryResult> {
  try {
    return await send(deps, delivery);
  } catch (error) {
    if (isOutage(error)) throw error;
    deps.log.error({ err: error, delivery: delivery.id }, 'a message cannot be sent');
    return { result: 'failed', answer: 'internal error: see the log' };
  }
}

async function send(deps: MessageDeps, delivery: ClaimedDelivery): Promise<TryResult> {
  const { message_id: id, kind, message_at: at, url, secret } = delivery;
  if (kind === WAIT_ENDED) return sendWaitEnded(deps, { id, ticket: delivery.ticket_id ?? '' });
  const [order] = await findOrders(deps.db, { id: delivery.order_id ?? '' }, 1);
  if (order === undefined) throw new Error(`message ${id}: its order is not there`);
  if (delivery.channel === 'mail' && isMailed(kind)) return sendMail(deps, { id, kind, order });
  if (url === null || secret === null) throw new Error(`message ${id}: no endpoint`);
  return sendWebhook(deps, { id, kind, at, order, url, secret });
}

/**
 * The state of a delivery after an attempt.
 *
 * @param step failed attempts before this one
 */
function nextOf({ result, status, answer }: TryResult, step: number, now: Date): DeliveryTry {
  const told = { status: status ?? null, answer: answer ?? null };
  const done = { ...told, step: step + 1, nextTryAt: now };
  if (result === 'sent') return { ...done, state: 'sent' };
  if (result === 'hopeless') return { ...done, state: 'given_up' };
  if (result === 'outdated' || result === 'over_limit') return { ...done, state: result };
  const ms = result === 'no_address' ? ADDRESS_WAITS_MS[step] : waitMs(step);
  if (ms === undefined) {
    return { ...done, state: result === 'no_address' ? 'no_address' : 'given_up' };
  }
  return { ...done, state: 'waiting', nextTryAt: new Date(now.getTime() + ms) };
}
