import type { RouteConfig } from '@hono/zod-openapi';
import { ADMIN_ACTION_ROUTES } from '../routes/admin-actions.ts';
import { ADMIN_METRICS_ROUTES } from '../routes/admin-metrics.ts';
import { ADMIN_ORDER_EXPORT_ROUTES } from '../routes/admin-order-exports.ts';
import { ADMIN_ORDER_ROUTES } from '../routes/admin-orders.ts';
import { ADMIN_SALE_ROUTES } from '../routes/admin-sales.ts';
import { ADMIN_WEBHOOK_ROUTES } from '../routes/admin-webhooks.ts';
import { AUTH_ROUTES } from '../routes/auth.ts';
import { CART_ROUTES } from '../routes/cart.ts';
import { CHALLENGE_ROUTES } from '../routes/challenges.ts';
import { CONFIG_ROUTES } from '../routes/config.ts';
import { ORDER_LINK_ROUTES } from '../routes/order-links.ts';
import { ORDER_ROUTES } from '../routes/orders.ts';
import { PAYMENT_ROUTES } from '../routes/payments.ts';
import { PROOF_ROUTES } from '../routes/proof.ts';
import { QUEUE_BOARD_ROUTES } from '../routes/queue-board.ts';
import { SALE_ROUTES } from '../routes/sales.ts';
import { STRIPE_WEBHOOK_ROUTES } from '../routes/stripe-webhook.ts';
import { SYSTEM_ROUTES } from '../routes/system.ts';
import { TICKET_ROUTES } from '../routes/tickets.ts';

/** Every route of the description, in its order. */
export const ROUTES: readonly RouteConfig[] = [
  ...AUTH_ROUTES,
  ...SALE_ROUTES,
  ...CHALLENGE_ROUTES,
  ...TICKET_ROUTES,
  ...PROOF_ROUTES,
  ...CART_ROUTES,
  ...ORDER_ROUTES,
  ...ORDER_LINK_ROUTES,
  ...PAYMENT_ROUTES,
  ...STRIPE_WEBHOOK_ROUTES,
  ...ADMIN_SALE_ROUTES,
  ...ADMIN_ORDER_ROUTES,
  ...ADMIN_ORDER_EXPORT_ROUTES,
  ...ADMIN_WEBHOOK_ROUTES,
  ...ADMIN_METRICS_ROUTES,
  ...ADMIN_ACTION_ROUTES,
  ...QUEUE_BOARD_ROUTES,
  ...CONFIG_ROUTES,
  ...SYSTEM_ROUTES,
];
