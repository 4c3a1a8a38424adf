import type { ActionOutcome, AdminAction } from '../../../domain/admin-action.ts';
import type { Tone } from '../../kit/ui/badge.tsx';

/** The name of an admin action. */
export const ACTION_WORDS: Record<AdminAction, string> = {
  'sale.create': 'Sale created',
  'sale.change': 'Sale changed',
  'sale.close': 'Sale closed',
  'product.add': 'Product added',
  'product.restock': 'Product restocked',
  'order.refund': 'Order refunded',
  'order.contact': "Buyer's address corrected",
  'webhook.add': 'Webhook added',
  'webhook.remove': 'Webhook removed',
  'delivery.redeliver': 'Message sent again',
  'orders.export': 'Orders exported',
  'queues.look': 'Queues looked at',
  'session.start': 'Admin logged in',
  'access.refuse': 'Access refused',
};

/** The outcome of an admin action. */
export const OUTCOME_WORDS: Record<ActionOutcome, { word: string; tone: Tone; help?: string }> = {
  done: { word: 'Done', tone: 'good' },
  refused: { word: 'Refused', tone: 'plain', help: 'Nothing has changed.' },
  unclear: {
    word: 'Unclear',
    tone: 'bad',
    help: 'It ended with an error of the shop, but may have happened.',
  },
  started: {
    word: 'Started',
    tone: 'caution',
    help: 'It is in progress, or its end was never recorded; it may have happened.',
  },
};
