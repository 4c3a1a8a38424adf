import { Webhook } from 'standardwebhooks';
import type { OrderRecord } from '../db/orders.ts';
import type { MessageKind } from '../domain/message.ts';
import { sellerOrderData } from '../payments/order-data.ts';
import { scrub } from '../process/redaction.ts';
import type { MessageDeps } from './deps.ts';
import { post } from './post.ts';
import { keepAnswer, type TryResult } from './try-result.ts';

/** How long an endpoint may take for a call, in ms. */
const TIMEOUT_MS = 10_000;

/** A message for an endpoint. */
export interface WebhookMessage {
  readonly id: string;
  readonly kind: MessageKind;
  readonly at: Date;
  readonly order: OrderRecord;
  readonly url: string;
  readonly secret: string;
}

/**
 * Posts a message to an endpoint, signed per Standard Webhooks (https://www.standardwebhooks.com).
 * The order is shown as it is now; the type says what happened. Only a 2xx response counts as
 * delivered.
 */
export async function sendWebhook(
  { webhooks, nowMs }: Pick<MessageDeps, 'webhooks' | 'nowMs'>,
  { id, kind, at, order, url, secret }: WebhookMessage,
): Promise<TryResult> {
  const data = sellerOrderData(order);
  const body = JSON.stringify({ id, type: kind, createdAt: at.toISOString(), data });
  const now = new Date(nowMs());
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Fairline',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, now, body),
  };
  const { timeoutMs = TIMEOUT_MS } = webhooks;
  try {
    const { status, answer } = await post({ url, headers, body, timeoutMs }, webhooks);
    const isTaken = status >= 200 && status < 300;
    return { result: isTaken ? 'sent' : 'failed', status, answer: keepAnswer(scrub(answer)) };
  } catch (error) {
    return { result: 'failed', answer: keepAnswer(scrub(wordsOf(error, timeoutMs))) };
  }
}

function wordsOf(error: unknown, timeoutMs: number): string {
  const { name, message, code } = Object(error) as {
    name?: string;
    message?: string;
    code?: string;
  };
  if (name === 'TimeoutError') return `no answer within ${timeoutMs / 1_000} s`;
  return message || code || 'no answer';
}
