import { OpenAPIHono } from '@hono/zod-openapi';
import { DomainError, type ErrorCode } from '../../domain/errors.ts';
import type { ApiEnv } from './env.ts';

/** A Hono app whose routes come from schemas; input that does not match a schema gets a 422. */
export function createApp() {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return undefined;
      const fields = result.error.issues.map(({ path, message }) => ({
        path: path.join('.'),
        message,
      }));
      const code = codeFor(result.target, fields[0]?.path ?? '');
      const first = fields[0];
      const where = first?.path ? `${first.path}: ` : '';
      throw new DomainError(code, `${where}${first?.message ?? ''}`, { fields });
    },
  });
}

/** A malformed id gets the same answer as an unknown one. */
const PARAMS: Record<string, ErrorCode> = {
  saleId: 'sale_not_found',
  productId: 'product_not_found',
  ticketId: 'ticket_not_found',
  orderId: 'order_not_found',
  webhookId: 'webhook_not_found',
  deliveryId: 'delivery_not_found',
};

/** Some fields have a code of their own. */
function codeFor(target: string, path: string): ErrorCode {
  if (target === 'param') return PARAMS[path] ?? 'not_found';
  if (target === 'header' && path === 'idempotency-key') return 'invalid_idempotency_key';
  if (target === 'json' && /^(items\.\d+\.)?quantity$/.test(path)) return 'invalid_quantity';
  return 'validation_failed';
}
