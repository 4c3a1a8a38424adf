import type { DeliveryRecord } from '../../db/deliveries.ts';
import type { DeliveryView } from '../schemas/webhook.ts';

/** A delivery as the API shows it. */
export function showDelivery(delivery: DeliveryRecord): DeliveryView {
  const { id, message_id: eventId, kind: type, order_id: orderId, channel, state } = delivery;
  const { endpoint_id: webhookId, tries, tried_at: triedAt, status, answer } = delivery;
  return {
    id,
    eventId,
    type,
    orderId,
    channel,
    ...(webhookId === null ? {} : { webhookId }),
    status: state,
    tries,
    createdAt: delivery.created_at.toISOString(),
    ...(triedAt === null ? {} : { lastTryAt: triedAt.toISOString() }),
    ...(state === 'waiting' ? { nextTryAt: delivery.next_try_at.toISOString() } : {}),
    ...(status === null && answer === null
      ? {}
      : { lastAnswer: { ...(status === null ? {} : { status }), text: answer ?? '' } }),
  };
}
