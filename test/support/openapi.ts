import { z } from 'zod';
import type { Client } from './client.ts';

/** A JSON schema, as far as our route descriptions use it. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly format?: string;
}

/** A call described by /openapi.json. */
export interface Operation {
  /** In upper case. */
  readonly method: string;
  /** With `{name}` for ids. */
  readonly path: string;
  readonly needsToken: boolean;
  readonly body: Schema | undefined;
  readonly query: readonly string[];
  /** By status. */
  readonly responses: Readonly<Record<string, DescribedResponse>>;
}

interface DescribedResponse {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Described {
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: Schema }>> };
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, DescribedResponse>>;
}

/** Every operation of /openapi.json, with no `$ref` in its schemas. */
export async function readOperations(client: Client): Promise<Operation[]> {
  const { body } = await client.call<{
    paths: Record<string, Record<string, Described>>;
    components: { schemas: Record<string, Schema> };
  }>('GET', '/openapi.json');
  const inline = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(inline);
    if (typeof part !== 'object' || part === null) return part;
    if ('$ref' in part && typeof part.$ref === 'string') {
      return inline(body.components.schemas[part.$ref.split('/').at(-1) ?? '']);
    }
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, inline(value)]));
  };
  return Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      method: method.toUpperCase(),
      path,
      // `{}`: it may be called without.
      needsToken: isRequired(described.security),
      body: inline(described.requestBody?.content['application/json']?.schema) as
        | Schema
        | undefined,
      query: (described.parameters ?? [])
        .filter((one) => one.in === 'query')
        .map((one) => one.name),
      responses: inline(described.responses) as Operation['responses'],
    })),
  );
}

const checkers = new WeakMap<Schema, z.ZodType>();

/** Validates a value against a schema; returns the problems. */
export function mismatches(schema: Schema, value: unknown): string[] {
  const checker =
    checkers.get(schema) ?? z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  checkers.set(schema, checker);
  const result = checker.safeParse(value);
  if (result.success) return [];
  return result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

/** Whether a route cannot be called without a token. */
function isRequired(security: readonly object[] = []): boolean {
  return security.length > 0 && security.every((one) => Object.keys(one).length > 0);
}
