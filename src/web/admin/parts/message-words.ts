import type { DeliveryView } from '../../../api/schemas/webhook.ts';
import type { Tone } from '../../kit/ui/badge.tsx';

/** The subject of a message. */
export const MESSAGE_WORDS: Record<DeliveryView['type'], string> = {
  'order.paid': 'Order paid',
  'order.offered': 'Order offered',
  'order.refunded': 'Order refunded',
  'payment.returned': 'Payment returned',
  'dispute.opened': 'Dispute opened',
  'dispute.closed': 'Dispute closed',
};

/** The status of a message. */
export const DELIVERY_WORDS: Record<DeliveryView['status'], { word: string; tone: Tone }> = {
  waiting: { word: 'Waiting', tone: 'caution' },
  sent: { word: 'Sent', tone: 'good' },
  no_address: { word: 'No address', tone: 'plain' },
  outdated: { word: 'Outdated, not sent', tone: 'plain' },
  over_limit: { word: 'Too many mails that day, not sent', tone: 'bad' },
  given_up: { word: 'Given up', tone: 'bad' },
};
