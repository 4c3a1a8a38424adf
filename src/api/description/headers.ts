/** Headers that many responses have. */
export const HEADERS = {
  'X-Request-Id': {
    description:
      "The request's own `X-Request-Id` if it is well-formed, otherwise a generated one; it is in our log",
    schema: { type: 'string' },
    example: '5d0c1f0e-52a6-4a39-9a50-0a7ee2fb4c1b',
  },
  'Retry-After': {
    description: 'When to retry, in seconds',
    schema: { type: 'integer', minimum: 0 },
    example: 5,
  },
  'RateLimit-Policy': {
    description: 'The nearest limit: `q` requests per `w` seconds. Left out where limits are off.',
    schema: { type: 'string' },
    example: '"polls";q=20;w=1',
  },
  RateLimit: {
    description: '`r` requests are left now, and the quota is replenished after `t` seconds',
    schema: { type: 'string' },
    example: '"polls";r=19;t=1',
  },
  ETag: {
    description:
      'Names the content. Sent back as `If-None-Match`, it is answered with 304 as long as that has not changed.',
    schema: { type: 'string' },
    example: 'W/"5d0c1f0e52a64a399a500a"',
  },
  'WWW-Authenticate': {
    description: 'How to authenticate',
    schema: { type: 'string' },
    example: 'Bearer',
  },
} as const;

/** A reference to one of them. */
export function refTo(name: keyof typeof HEADERS) {
  return { $ref: `#/components/headers/${name}` };
}
