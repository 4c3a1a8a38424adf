import { OpenAPIHono } from '@hono/zod-openapi';
import packageFile from '../../../package.json' with { type: 'json' };
import { problems } from '../schemas/problem.ts';
import { EXAMPLES, TEXT_EXAMPLES } from './examples.ts';
import { HEADERS, refTo } from './headers.ts';
import { PARAMETERS } from './parameters.ts';
import { ROUTES } from './routes.ts';
import { TAGS } from './tags.ts';

type Description = ReturnType<OpenAPIHono['getOpenAPI31Document']>;
type Operation = NonNullable<NonNullable<Description['paths']>[string]['get']>;
type Responses = NonNullable<Operation['responses']>;
type Content = Record<string, { schema?: unknown; example?: unknown; examples?: unknown }>;

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

/**
 * Problems that any request may get, whatever its route: those raised before routing, and our own
 * errors.
 */
const ANYWHERE = [
  'malformed_request',
  'request_timeout',
  'headers_too_large',
  'internal_error',
] as const;

/**
 * The OpenAPI description of the API: what each route declares, plus what many of them share, added
 * here so that no route has to repeat it (headers, examples, descriptions of parameters). It needs
 * no running engine: routes are declared apart from their dependencies. `npm run lint:api` and
 * test/api/description/description.test.ts check that it is complete.
 */
export function describe(): Description {
  const described = new OpenAPIHono();
  for (const route of ROUTES) described.openAPIRegistry.registerPath(route);
  const description = described.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Fairline',
      version: packageFile.version,
      description:
        'Limited stock for a crowd, strictly first come first served: take a ticket, a place in line, and poll it ' +
        'for its decision. Every error is an RFC 9457 problem: rely on its `code`. Money is in minor units, times are ' +
        'ISO 8601 in UTC, ids are strings, and unknown fields in a body are refused.',
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    servers: [{ url: '/', description: 'The server of this description' }],
    tags: [...TAGS],
  });
  const components = { ...description.components };
  components.headers = HEADERS;
  components.securitySchemes = {
    bearerAuth: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'An access token, from `/api/auth/*` or an identity provider',
    },
  };
  // A copy: the routes are reused by the next call.
  const paths = structuredClone(description.paths ?? {});
  for (const path of Object.values(paths)) {
    for (const method of METHODS) {
      const operation = path[method];
      if (operation !== undefined) complete(operation);
    }
  }
  return { ...description, components, paths };
}

/** Adds what operations have in common. */
function complete(operation: Operation): void {
  operation.security ??= []; // explicitly public
  for (const parameter of operation.parameters ?? []) {
    if ('$ref' in parameter) continue;
    Object.assign(parameter, { ...PARAMETERS[parameter.name], ...withoutEmpty(parameter) });
    if (parameter.in === 'header') parameter.name = titled(parameter.name);
  }
  const { requestBody } = operation;
  if (requestBody !== undefined && 'content' in requestBody) {
    addExamples(requestBody.content as Content);
  }
  const responses: Responses = { ...operation.responses, default: anyProblem() };
  operation.responses = responses;
  const isLimited = '429' in responses;
  for (const [status, response] of Object.entries(responses)) {
    if (response === undefined || '$ref' in response) continue;
    const isSuccess = status.startsWith('2');
    response.headers = {
      ...Object.fromEntries(
        Object.entries(response.headers ?? {}).map(([name, header]) => [titled(name), header]),
      ),
      'X-Request-Id': refTo('X-Request-Id'),
      ...(isLimited && (isSuccess || status === '429')
        ? { 'RateLimit-Policy': refTo('RateLimit-Policy'), RateLimit: refTo('RateLimit') }
        : {}),
    };
    if (isSuccess && response.content !== undefined) addExamples(response.content as Content);
  }
}

/** Problems that do not depend on the route, whatever their status. */
function anyProblem() {
  const [first, ...others] = Object.values(problems(...ANYWHERE));
  if (first === undefined) throw new Error('no problems to describe');
  const all = [first, ...others].map((one) => one.content['application/problem+json'].examples);
  return {
    description: 'Problems that any request may get',
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.assign({}, ...all),
      },
    },
  };
}

/** Gives every content of a named schema, or a page of one, the example of that name. */
function addExamples(content: Content): void {
  for (const [type, media] of Object.entries(content)) {
    if (media.example !== undefined || media.examples !== undefined) continue;
    const example = TEXT_EXAMPLES[type] ?? exampleOf(media.schema);
    if (example !== undefined) media.example = example;
  }
}

function exampleOf(schema: unknown): unknown {
  const name = nameOf(schema);
  if (name !== undefined) return EXAMPLES[name];
  const properties = partOf(schema, 'properties');
  const item = EXAMPLES[nameOf(partOf(partOf(properties, 'items'), 'items')) ?? ''];
  return item === undefined ? undefined : { items: [item] };
}

function nameOf(schema: unknown): string | undefined {
  const ref = partOf(schema, '$ref');
  return typeof ref === 'string' ? ref.split('/').at(-1) : undefined;
}

function partOf(whole: unknown, name: string): unknown {
  return typeof whole === 'object' && whole !== null ? Reflect.get(whole, name) : undefined;
}

/** A header's name as it is usually written. */
function titled(name: string): string {
  return name.replace(/(^|-)\w/g, (letter) => letter.toUpperCase());
}

function withoutEmpty(parameter: object): object {
  return Object.fromEntries(Object.entries(parameter).filter(([, value]) => value !== undefined));
}
