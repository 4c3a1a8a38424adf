/** Headers that many answers have. */
export const HEADERS = {
  'X-Request-Id': {
    description:
      "The request's own `X-Request-Id` where it is a sound one, else one of ours; it is in our log",
    schema: { type: 'string' },
    example: '5d0c1f0e-52a6-4a39-9a50-0a7ee2fb4c1b',
  },
  'Retry-After': {
    description: 'When to come back, in seconds',
    schema: { type: 'integer', minimum: 0 },
    example: 5,
  },
  'RateLimit-Policy': {
    description:
      'The limit that is nearest: `q` requests in `w` seconds. Left out where limits are off.',
    schema: { type: 'string' },
    example: '"polls";q=20;w=1',
  },
  RateLimit: {
    description: '`r` requests are left of it now, and after `t` seconds there are more',
    schema: { type: 'string' },
    example: '"polls";r=19;t=1',
  },
  'WWW-Authenticate': {
    description: 'How to be let in',
    schema: { type: 'string' },
    example: 'Bearer',
  },
} as const;

/** A reference to one of them. */
export function refTo(name: keyof typeof HEADERS) {
  return { $ref: `#/components/headers/${name}` };
}
