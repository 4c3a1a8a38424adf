import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from '@readme/openapi-parser';
import { expect, describe as group, it } from 'vitest';
import { describe } from '../../../src/api/description/describe.ts';
import { EXAMPLES } from '../../../src/api/description/examples.ts';
import { PARAMETERS } from '../../../src/api/description/parameters.ts';
import { TAGS } from '../../../src/api/description/tags.ts';
import { ERRORS } from '../../../src/domain/errors.ts';
import { startSystem } from '../../support/system.ts';
import { makeTempDir } from '../../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What is there for people and tools to read, and is no call of the API. */
const NOT_DESCRIBED = /^GET \/(docs(\/.*)?|openapi\.json)$/;

interface Media {
  readonly schema?: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: object }>>;
}
interface Described {
  readonly operationId?: string;
  readonly tags?: readonly string[];
  readonly security?: ReadonlyArray<Readonly<Record<string, unknown>>>;
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly description?: string }>;
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly headers?: object; readonly content?: Readonly<Record<string, Media>> }
    >
  >;
}

const description = JSON.parse(JSON.stringify(describe())) as ReturnType<typeof describe>;
const operations = Object.entries(description.paths ?? {}).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, Described>).map(([method, operation]) => ({
    ...operation,
    name: `${method.toUpperCase()} ${path}`,
  })),
);
const of = (name: string) => {
  const found = operations.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} is not described`);
  return found;
};

group('the description of the API', () => {
  it('has every route of the app, and no other', async () => {
    const system = await startSystem();
    await system.stop();
    const routes = system.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)({.+?})?/g, '{$1}')}`)
      .filter((name) => !NOT_DESCRIBED.test(name));
    expect(operations.map(({ name }) => name).sort()).toEqual([...new Set(routes)].sort());
    expect(operations.length).toBeGreaterThan(30);
  });

  it('is the same however often it is asked for', () => {
    expect(JSON.parse(JSON.stringify(describe()))).toEqual(description);
  });

  it('passes the linter', () => {
    expect(lint(description)).toMatchObject({ status: 0 });
  });

  it.each([
    [
      'an example that does not fit its schema',
      /no-invalid-media-type-examples/,
      (text: string) => text.replaceAll('"decided":4211', '"decided":"many"'),
    ],
    [
      'a route without an id',
      /operation-operationId/,
      (text: string) => text.replace('"operationId":"takeTicket",', ''),
    ],
    [
      'a tag that is not explained',
      /operation-tag-defined/,
      (text: string) => text.replace('{"name":"Cart",', '{"name":"Basket",'),
    ],
  ])(
    'does not pass it with %s',
    (_, rule, spoil) => {
      const text = JSON.stringify(description);
      const spoilt = spoil(text);
      expect(spoilt).not.toBe(text);
      const { status, output } = lint(JSON.parse(spoilt));
      expect(status).toBe(1);
      expect(output).toMatch(rule);
    },
    60_000,
  );

  it('is read by another parser, as clients import it', async () => {
    const copy = JSON.parse(JSON.stringify(description)) as Parameters<typeof validate>[0];
    expect(await validate(copy)).toMatchObject({ valid: true });
  });

  it('says of every route who may call it', () => {
    for (const { name, security, responses } of operations) {
      const isPublic = '401' in responses === false || name.startsWith('POST /api/auth/');
      // Its token is the operator's, where one is set.
      const free = name === 'GET /metrics' ? [{}] : [];
      expect([name, security]).toEqual([name, isPublic ? [] : [...free, { bearerAuth: [] }]]);
    }
  });

  it('has an example of every body and every answer', () => {
    const bare = operations.flatMap(({ name, requestBody, responses }) => {
      const contents = [requestBody?.content, ...Object.values(responses).map((r) => r.content)];
      return contents.flatMap((content) =>
        Object.entries(content ?? {}).flatMap(([type, { example, examples }]) =>
          example === undefined && Object.keys(examples ?? {}).length === 0
            ? [`${name} ${type}`]
            : [],
        ),
      );
    });
    expect(bare).toEqual(['GET /readyz application/json']); // its 503: see that of 200
  });

  it('has every problem code, of the status that it is answered with', () => {
    const seen = new Set<string>();
    for (const { name, responses } of operations) {
      expect(Object.keys(responses), name).toContain('default');
      for (const [status, { content }] of Object.entries(responses)) {
        const examples = content?.['application/problem+json']?.examples ?? {};
        for (const [code, { value }] of Object.entries(examples)) {
          seen.add(code);
          const kind = ERRORS[code as keyof typeof ERRORS];
          expect(value).toMatchObject({ code, status: kind.status, title: kind.title });
          if (status !== 'default') expect(String(kind.status)).toBe(status);
        }
      }
    }
    expect(Object.keys(ERRORS).filter((code) => !seen.has(code))).toEqual([]);
  });

  it('tells the headers of answers', () => {
    const { responses } = of('POST /api/sales/{saleId}/tickets');
    const headers = (status: string) => Object.keys(responses[status]?.headers ?? {});
    expect(headers('202')).toEqual(['Location', 'X-Request-Id', 'RateLimit-Policy', 'RateLimit']);
    expect(headers('401')).toEqual(['WWW-Authenticate', 'X-Request-Id']);
    expect(headers('409')).toContain('Retry-After');
    expect(headers('429')).toEqual(
      expect.arrayContaining(['Retry-After', 'RateLimit', 'RateLimit-Policy']),
    );
    expect(headers('503')).toContain('Retry-After');
    expect(headers('422')).not.toContain('Retry-After');
    expect(of('GET /healthz').responses['200']?.headers).not.toHaveProperty('RateLimit');
  });

  it('has words for every parameter, and no example, tag or words too many', () => {
    const parameters = operations.flatMap((one) => one.parameters ?? []);
    expect(parameters.filter((one) => !one.description)).toEqual([]);
    const names = new Set(parameters.map(({ name }) => name.toLowerCase()));
    expect(Object.keys(PARAMETERS).filter((name) => !names.has(name.toLowerCase()))).toEqual([]);
    const schemas = Object.keys(description.components?.schemas ?? {});
    expect(Object.keys(EXAMPLES).filter((name) => !schemas.includes(name))).toEqual([]);
    const tags = new Set(operations.flatMap((one) => one.tags ?? []));
    expect([...tags].sort()).toEqual(TAGS.map(({ name }) => name as string).sort());
  });
});

/** Lints a description as `npm run lint:api` does. */
function lint(document: object) {
  const file = join(makeTempDir(), 'openapi.json');
  writeFileSync(file, JSON.stringify(document));
  const redocly = join(ROOT, 'node_modules/.bin/redocly');
  const options = { cwd: ROOT, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(redocly, ['lint', file], options);
  return { status, output: stdout + stderr };
}
