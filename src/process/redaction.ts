/** Fields that must not be logged; they are removed if they are. */
export const SECRET_FIELDS = [
  ...['authorization', 'cookie', 'stripe-signature', 'password', 'secret', 'client_secret'],
  ...['clientSecret', 'accessToken', 'refreshToken', 'token', 'email'],
].flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);

/**
 * What is logged of an error besides its type, message and stack. Everything else is left out:
 * errors of Stripe carry the answer with its headers and the PaymentIntent with its secret, those
 * of ioredis the command with its arguments, those of Postgres the row that it refused.
 */
const LOGGED = [
  ...['code', 'errno', 'syscall', 'address', 'hostname', 'port', 'status', 'statusCode'],
  ...['requestId', 'rawType', 'decline_code', 'param'],
  ...['severity', 'schema', 'table', 'column', 'constraint', 'routine'],
] as const;

/** Depth of nested errors that are logged. */
const MAX_DEPTH = 4;

/** An error as it is logged. Of anything else only the type is logged. */
export function showError(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error' };
  const logged = LOGGED.flatMap((name) => {
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
    ...Object.fromEntries(logged),
    ...(cause instanceof Error && depth < MAX_DEPTH ? { cause: within(cause) } : {}),
    ...(errors.length > 0 && depth < MAX_DEPTH ? { errors: errors.map(within) } : {}),
  };
}

/** User and password in a URL; a scheme and token as in an Authorization header. */
const USER_INFO = /:\/\/[^\s"\\/?#@]*@/g;
const AUTHORIZATION = /\b(bearer|basic) +[\w.~+/=-]{8,}/gi;

/**
 * JSON escapes, which must stay whole, and runs that may contain a secret. Each character is read
 * once.
 */
const RUN = /\\.|[\w.+!#$%&'*=?^`{|}~-]+(@[\w-]+(?:\.[\w-]+)+)?/g;
/** The parts of a token: its header begins with {" in base64url. */
const PARTS = /[\w-]+/g;
const HEADER = 'eyJ';
const HEADER_MIN = 11;
const KEY = /(?:^|[^a-z\d])(?:sk|rk|whsec)_\w/i;
const CLIENT_SECRET = /_secret_\w+/g;
/** The key of a link to an order. */
const LINK_KEY = /#key=[\w-]+/g;

/**
 * Removes recognisable secrets from a log line: passwords in URLs, tokens, keys and client secrets
 * of Stripe, keys of links, e-mail addresses. They occur in error messages of libraries. The line
 * stays valid JSON.
 */
export function scrub(line: string): string {
  return line
    .replace(USER_INFO, '://[redacted]@')
    .replace(AUTHORIZATION, '$1 [redacted]')
    .replace(LINK_KEY, '#key=[redacted]')
    .replace(RUN, (run: string, domain: string | undefined) => {
      if (run.startsWith('\\')) return run;
      if (domain !== undefined && /\.[a-z-]{2,}$/i.test(domain)) return '[e-mail]';
      if (hasToken(run) || KEY.test(run)) return '[redacted]';
      return run.replace(CLIENT_SECRET, '_secret_[redacted]');
    });
}

/**
 * Whether a run contains a JWT: a header, a dot and more. By hand, because a regular expression
 * that looks for the dot behind every possible beginning reads the rest each time.
 */
function hasToken(run: string): boolean {
  for (const { 0: part, index } of run.matchAll(PARTS)) {
    const end = index + part.length;
    const goesOn = run[end] === '.' && /[\w-]/.test(run[end + 1] ?? '');
    const at = goesOn ? part.indexOf(HEADER) : -1;
    if (at >= 0 && part.length - at >= HEADER_MIN) return true;
  }
  return false;
}
