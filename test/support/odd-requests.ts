import fc from 'fast-check';
import type { Operation, Schema } from './openapi.ts';

/** A request as data, sent as it is in `target`, `headers` and `body`. */
export interface OddRequest {
  readonly method: string;
  readonly who: Caller;
  /** Path with query, as sent over the wire. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | undefined;
  /** The value of Content-Length where it is not the body's length. */
  readonly lengthOff: number;
}

type Caller = 'nobody' | 'buyer' | 'admin';

/** Ids of existing objects, by parameter name. */
export type Known = Readonly<Record<string, readonly string[]>>;

const WORDS = [
  ...['', ' ', '0', '-1', '1e400', 'NaN', 'null', '__proto__', 'constructor', 'toString', '*'],
  ...['\0', 'a\0b', '\ud800', '\udfff\ud800', '\u202e', '\ufeff', '😀', 'é', '\r\n', '\t'],
  ...["'; drop table users; --", '<script>', '{{7*7}}', '../../etc/passwd', '%00'],
  ...['x'.repeat(300), 'x'.repeat(6_000), 'é'.repeat(300), '9'.repeat(400)],
];
const word = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'binary', maxLength: 40 }));
const number = fc.oneof(
  fc.constantFrom(0, -0, -1, 1, 0.5, 1e9, 2 ** 31, 2 ** 53, -(2 ** 53), 1e21, Number.MAX_VALUE),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const deep = fc.integer({ min: 1, max: 400 }).map((depth) => {
  let value: unknown = 'deep';
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { items: value };
  return value;
});
const odd: fc.Arbitrary<unknown> = fc.oneof(
  ...[word, number, deep, fc.jsonValue({ maxDepth: 3 })],
  fc.constantFrom(null, true, false, [], {}, [[]], [{}]),
);

/** Mostly absent: present once in `times`. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>, times = 12): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** Mostly values that match the schema, with invalid ones in between. */
function fitting(schema: Schema, known: Known, name = ''): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 40, arbitrary: valid(schema, known, name) },
    { weight: 1, arbitrary: odd },
  );
}

function valid(schema: Schema, known: Known, name: string): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'object':
      return objectOf(schema, known);
    case 'array':
      return fc.oneof(
        { weight: 4, arbitrary: fc.tuple(fitting(schema.items ?? {}, known)) },
        { weight: 1, arbitrary: fc.array(fitting(schema.items ?? {}, known), { maxLength: 3 }) },
      );
    case 'integer':
    case 'number': {
      const min = Math.max(schema.minimum ?? 0, -1_000_000);
      const max = Math.min(schema.maximum ?? 100, min + 1_000_000);
      return fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, min, max), fc.constant(1));
    }
    case 'boolean':
      return fc.boolean();
    default:
      return stringOf(schema, known, name);
  }
}

function stringOf({ format }: Schema, known: Known, name: string): fc.Arbitrary<unknown> {
  const ids = known[name === 'id' ? 'productId' : name];
  if (ids !== undefined) return fc.constantFrom(...ids);
  if (name === 'email' || format === 'email') {
    return fc.nat(20).map((number) => `person-${number}@example.org`);
  }
  if (name === 'password') return fc.constantFrom('correct horse', 'battery staple');
  if (name === 'currency') return fc.constantFrom('eur', 'usd', 'EUR', 'xxx');
  if (format === 'date-time') {
    const times = ['2020-01-01T00:00:00Z', '2099-12-31T23:59:59.999+14:00', '9999-12-31T23:59:59Z'];
    return fc.constantFrom(...times, '0000-01-01T00:00:00Z', '0001-01-01T00:00:00+14:00');
  }
  return fc.oneof(fc.string({ minLength: 1, maxLength: 20 }), word);
}

function objectOf(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const value = fitting(property, known, name);
    return [name, schema.required?.includes(name) ? value : rarely(value, 3)] as const;
  });
  const extra = rarely(
    fc.tuple(fc.constantFrom('__proto__', 'constructor', 'role', 'id', 'admin', 'x\0'), odd),
    20,
  );
  const missing = rarely(fc.nat(20), 20);
  return fc
    .tuple(fc.record(Object.fromEntries(properties)), extra, missing)
    .map(([object, added, left]) => {
      const entries = Object.entries(object).filter(
        ([, value], index) => index !== left && value !== undefined,
      );
      // JSON.parse and defineProperty make "__proto__" an ordinary field; assigning it would not.
      const made = Object.fromEntries(entries);
      if (added !== undefined) {
        const [key, value] = added;
        Object.defineProperty(made, key, { value, enumerable: true, configurable: true });
      }
      return made;
    });
}

const RAW_BODIES = [
  ...['', ' ', '{', '{"a":', 'null', '[]', '"x"', '\ufeff{}', 'NaN', '{"a":1}{"b":2}', "{'a':1}"],
  ...['\0', '[1,]', '{"items":[],"items":[{}]}', '['.repeat(30_000), '{"a":'.repeat(10_000)],
  ...[`{"email":"${'x'.repeat(70_000)}"}`, '{"quantity":1e999}', '"\\ud800"', '\u{10ffff}'],
];

function bodyOf({ body: schema }: Operation, known: Known): fc.Arbitrary<string | undefined> {
  const raw = fc.oneof(fc.constantFrom(...RAW_BODIES), fc.json());
  if (schema === undefined) return rarely(raw, 4);
  const json = fitting(schema, known).map((value) => JSON.stringify(value));
  return fc.oneof(
    { weight: 8, arbitrary: json },
    { weight: 1, arbitrary: raw },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

const PATH_PARTS = [
  ...['', '.', '..', '%00', '%2e%2e', '%2F', '%2e%2e%2f', '%', '%zz', '%c3', '%ff%fe', '%ed%a0%80'],
  ...[
    'x'.repeat(5_000),
    '%F0%9F%98%80',
    '*',
    '{saleId}',
    '__proto__',
    'constructor',
    '?',
    '#',
    ';',
  ],
  ...['a/b', '//', '\\', 'nothing', '-', '_', '0', `${'0'.repeat(64)}`, `${'0'.repeat(65)}`, "'"],
];

function targetOf({ path, query }: Operation, known: Known): fc.Arbitrary<string> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const part = (name: string) =>
    fc.oneof(
      { weight: 10, arbitrary: fc.constantFrom(...(known[name] ?? ['x'])) },
      { weight: 1, arbitrary: fc.constantFrom(...PATH_PARTS) },
      { weight: 1, arbitrary: word.map(percent) },
    );
  const parameter = fc.tuple(
    fc.constantFrom(...query, 'limit', 'cursor', 'status', 'saleId', '__proto__', 'a[b]'),
    fc.oneof(
      word.map(percent),
      fc.constantFrom('1', '100', '101', '-1', '1.5', '0', '', 'held', '%', '%ff', '9'.repeat(30)),
    ),
  );
  const queries = fc.oneof(
    fc.constant(''),
    fc
      .array(parameter, { minLength: 1, maxLength: 3 })
      .map((list) => `?${list.map(([name, value]) => `${name}=${value}`).join('&')}`),
  );
  return fc.tuple(fc.tuple(...names.map(part)), queries).map(([parts, text]) => {
    let index = 0;
    return path.replaceAll(/\{\w+\}/g, () => parts[index++] ?? '') + text;
  });
}

/** Percent-encoded, including incomplete UTF-8. */
function percent(text: string): string {
  const bytes = Buffer.from(text);
  return [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

const AUTHORIZATIONS = [
  ...[
    '',
    'Bearer',
    'Bearer ',
    'Basic YTpi',
    'Bearer a.b.c',
    'Bearer ..',
    'Bearer eyJhbGciOiJub25lIn0..',
  ],
  ...[
    'bearer x y',
    `Bearer ${'x'.repeat(9_000)}`,
    'Bearer \x80\xff',
    'Bearer {"alg":"none"}',
    '\t',
  ],
];
const CONTENT_TYPES = [
  ...['', 'text/plain', 'application/json; charset=utf-16', 'application/jsonx', 'json', '*/*'],
  ...['application/json; charset="utf-8"', 'multipart/form-data', 'application/problem+json'],
  ...['multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', ';;;', '\xff'],
];
const KEYS = [
  ...['', ' ', 'x', 'x'.repeat(255), 'x'.repeat(256), 'x'.repeat(10_240), 'caf\xe9', '__proto__'],
  ...['a\x01b', 'a\x7fb', '\x80', 'a,b', '\t', 'a\0b', `k-${'~'.repeat(20)}`],
];

const headerOf = (name: string, values: readonly string[]) =>
  fc.constantFrom(...values).map((value) => [name, value] as const);

/** Any header twice, or one that affects how the request is transported. */
const further = fc.constantFrom<readonly [string, string]>(
  ...([
    ['Content-Encoding', 'gzip'],
    ['Accept', 'text/html'],
    ['Accept-Encoding', 'gzip'],
    ['X-Request-Id', 'a b'],
    ['X-Request-Id', 'x'.repeat(5_000)],
    ['X-Forwarded-For', "'; drop table users"],
    ['X-HTTP-Method-Override', 'DELETE'],
    ['Origin', 'null'],
    ['Expect', '100-continue'],
    ['Expect', 'nonsense'],
    ['Upgrade', 'websocket'],
    ['Range', 'bytes=0-1'],
    ['If-None-Match', '*'],
    ['Stripe-Signature', 't=1,v1=00'],
    ['__proto__', 'x'],
    ['Cookie', 'a=b; __proto__=c'],
  ] as const),
);

/**
 * Requests for an operation, most of them nearly valid.
 *
 * @param tokens of a buyer and an admin
 */
export function oddRequest(
  operation: Operation,
  known: Known,
  tokens: Readonly<Record<'buyer' | 'admin', string>>,
): fc.Arbitrary<OddRequest> {
  return fc
    .record({
      who: fc.constantFrom<Caller[]>('nobody', 'buyer', 'admin'),
      target: targetOf(operation, known),
      body: bodyOf(operation, known),
      authorization: rarely(headerOf('Authorization', AUTHORIZATIONS)),
      type: rarely(headerOf('Content-Type', CONTENT_TYPES)),
      key: rarely(
        fc.oneof(
          headerOf('Idempotency-Key', KEYS),
          fc.nat(1e6).map((number) => ['Idempotency-Key', `key-${number}`] as const),
        ),
        2,
      ),
      more: rarely(further),
      method: rarely(fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS')),
      lengthOff: rarely(fc.constantFrom(-1, 1, 7)),
    })
    .map(({ who, target, body, authorization, type, key, more, method, lengthOff = 0 }) => {
      const token = who === 'nobody' ? undefined : tokens[who];
      const headers = [
        authorization ?? (token === undefined ? undefined : ['Authorization', `Bearer ${token}`]),
        type ?? (body === undefined ? undefined : ['Content-Type', 'application/json']),
        ...[key, more],
      ].filter((header): header is readonly [string, string] => header !== undefined);
      return { method: method ?? operation.method, who, target, headers, body, lengthOff };
    });
}

/** The bytes of a request, which asks to close the connection. */
export function wireOf({ method, target, headers, body, lengthOff }: OddRequest): Buffer {
  const bytes = Buffer.from(body ?? '');
  // A length other than the body's turns the rest into another request, or one that never ends.
  const length =
    body === undefined ? [] : [`Content-Length: ${Math.max(0, bytes.length + lengthOff)}`];
  const head = [
    `${method} ${target} HTTP/1.1`,
    ...['Host: fairline.example', 'Connection: close'],
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...length,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}
