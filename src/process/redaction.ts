/** Fields that nobody should log; should somebody, they are left out. */
export const SECRET_FIELDS = [
  ...['authorization', 'cookie', 'stripe-signature', 'password', 'secret', 'client_secret'],
  ...['clientSecret', 'accessToken', 'refreshToken', 'token', 'email'],
].flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);

/**
 * What is told of an error beside its type, message and stack. Everything else stays out, whoever
 * made it: errors of Stripe carry the answer with its headers and the PaymentIntent with its
 * secret, those of ioredis the command with its arguments, those of Postgres the row that it
 * refused.
 */
const TOLD = [
  ...['code', 'errno', 'syscall', 'address', 'hostname', 'port', 'status', 'statusCode'],
  ...['requestId', 'rawType', 'decline_code', 'param'],
  ...['severity', 'schema', 'table', 'column', 'constraint', 'routine'],
] as const;

/** Errors within errors that are told at most. */
const MAX_DEPTH = 4;

/** An error as it is logged. What is no error is only named by its type. */
export function showError(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error' };
  const told = TOLD.flatMap((name) => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' || typeof value === 'number' ? [[name, value]] : [];
  });
  const within = (inner: unknown) => showError(inner, depth + 1);
  const { cause } = error;
  const errors = error instanceof AggregateError ? error.errors : [];
  return {
    type: error.constructor.name,
    message: error.message,
    stack: error.stack,
    ...Object.fromEntries(told),
    ...(cause instanceof Error && depth < MAX_DEPTH ? { cause: within(cause) } : {}),
    ...(errors.length > 0 && depth < MAX_DEPTH ? { errors: errors.map(within) } : {}),
  };
}

/** User and password in a URL; a scheme and token as in an Authorization header. */
const USER_INFO = /:\/\/[^\s"\\/?#@]*@/g;
const AUTHORIZATION = /\b(bearer|basic) +[\w.~+/=-]{8,}/gi;

/**
 * Escapes of JSON, which must stay whole, and runs in which a secret may stand. Each character is
 * read once.
 */
const RUN = /\\.|[\w.+!#$%&'*=?^`{|}~-]+(@[\w-]+(?:\.[\w-]+)+)?/g;
const JWT = /eyJ[\w-]{8,}\.[\w-]+/;
const KEY = /(?:^|[^a-z\d])(?:sk|rk|whsec)_\w/i;
const CLIENT_SECRET = /_secret_\w+/g;

/**
 * Takes secrets that have a form of their own out of a line of the log: passwords in URLs, tokens,
 * keys and client secrets of Stripe, e-mail addresses. They come in messages, which other people's
 * code writes. The line stays JSON.
 */
export function scrub(line: string): string {
  return line
    .replace(USER_INFO, '://[redacted]@')
    .replace(AUTHORIZATION, '$1 [redacted]')
    .replace(RUN, (run: string, domain: string | undefined) => {
      if (run.startsWith('\\')) return run;
      if (domain !== undefined && /\.[a-z-]{2,}$/i.test(domain)) return '[e-mail]';
      if (JWT.test(run) || KEY.test(run)) return '[redacted]';
      return run.replace(CLIENT_SECRET, '_secret_[redacted]');
    });
}
