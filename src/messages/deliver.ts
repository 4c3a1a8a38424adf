import {
  type ClaimedDelivery,
  claimDelivery,
  type DeliveryTask,
  type DeliveryTry,
  recordTry,
} from '../db/deliveries.ts';
import { findOrders } from '../db/orders.ts';
import { isOutage } from '../process/outage.ts';
import type { MessageDeps } from './deps.ts';
import { waitMs } from './schedule.ts';
import { sendMail } from './send-mail.ts';
import { sendWebhook } from './send-webhook.ts';
import type { TryResult } from './try-result.ts';

/**
 * When an address is looked for again: the API writes once a second what it has heard, where
 * Postgres takes it.
 */
const ADDRESS_WAITS_MS = [2_000, 10_000, 60_000];

/** For how long a try is left alone: longer than mails and webhooks may take, in ms. */
const LEASE_MS = 45_000;

/**
 * Tries a delivery that is due, and notes what came of it. A process that ends in between leaves it
 * claimed: it is sent again when the lease is over, under the same event id. What fails waits as
 * the schedule has it, and is given up after a day.
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
    log.warn({ err: error, delivery: id }, 'message: trying again');
  }
}

/**
 * What is wrong with one message must not keep it due for ever: it waits like any other that
 * failed.
 */
async function attemptOnce(deps: MessageDeps, delivery: ClaimedDelivery): Promise<TryResult> {
  try {
    return await send(deps, delivery);
  } catch (error) {
    if (isOutage(error)) throw error;
    deps.log.error({ err: error, delivery: delivery.id }, 'a message cannot be sent');
    return { result: 'failed', answer: 'something is wrong on our side: see the log' };
  }
}

async function send(deps: MessageDeps, delivery: ClaimedDelivery): Promise<TryResult> {
  const { message_id: id, kind, message_at: at, url, secret } = delivery;
  const [order] = await findOrders(deps.db, { id: delivery.order_id }, 1);
  if (order === undefined) throw new Error(`message ${id}: its order is not there`);
  if (delivery.channel === 'mail') return sendMail(deps, { id, kind, order });
  if (url === null || secret === null) throw new Error(`message ${id}: no endpoint`);
  return sendWebhook(deps, { id, kind, at, order, url, secret });
}

/**
 * What becomes of a delivery after a try.
 *
 * @param step tries in vain before this one
 */
function nextOf({ result, status, answer }: TryResult, step: number, now: Date): DeliveryTry {
  const told = { status: status ?? null, answer: answer ?? null };
  const done = { ...told, step: step + 1, nextTryAt: now };
  if (result === 'sent') return { ...done, state: 'sent' };
  if (result === 'hopeless') return { ...done, state: 'given_up' };
  if (result === 'outdated') return { ...done, state: 'outdated' };
  const ms = result === 'no_address' ? ADDRESS_WAITS_MS[step] : waitMs(step);
  if (ms === undefined) {
    return { ...done, state: result === 'no_address' ? 'no_address' : 'given_up' };
  }
  return { ...done, state: 'waiting', nextTryAt: new Date(now.getTime() + ms) };
}
