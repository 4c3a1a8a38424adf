import type { RouteConfig, z } from '@hono/zod-openapi';
import type { Context, ValidationTargets } from 'hono';
import { DomainError, type ErrorCode } from '../../domain/errors.ts';
import type { ApiEnv } from './env.ts';

type Target = 'query' | 'param' | 'header' | 'json';
type Schema = z.ZodType<ValidationTargets[Target]>;

/**
 * Reads the input of a route by its schemas, for `c.req.valid`.
 *
 * @returns reads that of a request: at once where it has no body; throws a DomainError for input
 *   that does not match
 */
export function readInput(
  request: RouteConfig['request'],
): (c: Context<ApiEnv>) => void | Promise<void> {
  // Their types are wider: what a schema makes of its input is what `c.req.valid` returns.
  const { query, params, headers } = (request ?? {}) as Partial<
    Record<'query' | 'params' | 'headers', z.ZodObject & Schema>
  >;
  const names = Object.keys(headers?.shape ?? {});
  const content = request?.body?.content['application/json'];
  const body = content && 'schema' in content ? (content.schema as Schema) : undefined;
  return (c) => {
    if (query !== undefined) check(c, 'query', query, queryOf(c));
    if (params !== undefined) check(c, 'param', params, c.req.param());
    if (headers !== undefined) check(c, 'header', headers, headersIn(c, names));
    return body && readBody(c, body);
  };
}

async function readBody(c: Context<ApiEnv>, schema: Schema): Promise<void> {
  check(c, 'json', schema, await parseBody(c));
}

/** @throws DomainError unsupported_media_type, malformed_json */
async function parseBody(c: Context<ApiEnv>): Promise<unknown> {
  const type = c.req.header('content-type');
  if (type === undefined) {
    if ((await c.req.text()) !== '') throw new DomainError('unsupported_media_type');
    return {};
  }
  if (!IS_JSON.test(type)) throw new DomainError('unsupported_media_type');
  try {
    return await c.req.json();
  } catch (error) {
    throw error instanceof DomainError ? error : new DomainError('malformed_json');
  }
}

const IS_JSON = /^application\/([a-z-.]+\+)?json(;\s*[a-zA-Z0-9-]+=([^;]+))*$/i;

/** A name that comes once has a text, one that comes more often a list. */
function queryOf(c: Context<ApiEnv>): unknown {
  if (!c.req.url.includes('?')) return {};
  return Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => [
      name,
      values.length === 1 ? values[0] : values,
    ]),
  );
}

/** Only those that the schema names: to read all of them costs more than the rest. */
function headersIn(c: Context<ApiEnv>, names: readonly string[]): unknown {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = c.req.header(name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function check(c: Context<ApiEnv>, target: Target, schema: Schema, input: unknown): void {
  const result = schema.safeParse(input);
  if (!result.success) throw mismatch(target, result.error);
  c.req.addValidatedData(target, result.data);
}

function mismatch(target: Target, error: z.ZodError): DomainError {
  const fields = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const first = fields[0];
  const where = first?.path ? `${first.path}: ` : '';
  const code = codeFor(target, first?.path ?? '');
  return new DomainError(code, `${where}${first?.message ?? ''}`, { fields });
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
function codeFor(target: Target, path: string): ErrorCode {
  if (target === 'param') return PARAMS[path] ?? 'not_found';
  if (target === 'header' && path === 'idempotency-key') return 'invalid_idempotency_key';
  if (target === 'json' && /^(items\.\d+\.)?quantity$/.test(path)) return 'invalid_quantity';
  return 'validation_failed';
}
