import { z } from 'zod';
import { LONGEST_EMAIL, PASSWORD_LENGTH } from '../domain/account.ts';
import { type ApiLimitName, LIMITS, type Quotas } from '../domain/limits.ts';
import { logKey, witnesses } from './log-settings.ts';
import { parseRedisUrl } from './redis-address.ts';
import { isWeakSecret, readSecretFiles } from './secrets.ts';

/** Settings are missing or invalid. The message names every such variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const integer = (fallback: number, min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .default(fallback);

const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((text) => text === 'true')
    .default(fallback);

const beginnings = (protocols: readonly string[]) => protocols.map((p) => `${p}//`).join(' or ');

const isUrl = (text: string, protocols: readonly string[]) =>
  protocols.includes(URL.parse(text.trim())?.protocol ?? '');

const url = (...protocols: string[]) =>
  z
    .string({ error: 'is required' })
    .refine(
      (text) => isUrl(text, protocols),
      `must be a URL that begins with ${beginnings(protocols)}`,
    );

const redisUrl = z
  .string({ error: 'is required' })
  .refine(
    (text) => parseRedisUrl(text) !== undefined,
    'must be a URL that begins with redis:// or rediss://, several separated by commas for a cluster, ' +
      'or redis+sentinel://host:port,host:port/NAME',
  );

const engines = {
  REDIS_URL: redisUrl,
  DATABASE_URL: url('postgres:', 'postgresql:'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
};

const key = (...prefixes: string[]) =>
  z
    .string()
    .regex(new RegExp(`^(${prefixes.join('|')})\\S+$`), `must begin with ${prefixes.join(' or ')}`);

/** Adds the rule that a secret was made by chance. */
const strong = (secret: z.ZodString) =>
  secret.refine(
    (text) => !isWeakSecret(text),
    'is too easy to guess: openssl rand -base64 32 makes one',
  );

/** Without a key there are no payments. */
const stripe = {
  STRIPE_SECRET_KEY: key('sk_', 'rk_').optional(),
  STRIPE_API_URL: url('http:', 'https:').optional(),
};

/** With one of its keys, the API needs them all. */
function allOfStripe(config: object, ctx: z.core.$RefinementCtx): void {
  const names = ['STRIPE_SECRET_KEY', 'STRIPE_PUBLISHABLE_KEY', 'STRIPE_WEBHOOK_SECRET'];
  const given = new Set(Object.entries(config).flatMap(([name, value]) => (value ? [name] : [])));
  const missing = names.filter((name) => !given.has(name));
  if (missing.length === names.length) return;
  for (const name of missing) {
    const message = 'is required, because others of Stripe are set';
    ctx.addIssue({ code: 'custom', path: [name], message });
  }
}

/** Origins, separated by commas, in the form in which browsers send them. */
const corsOrigins = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .refine(
    (list) => list.every((one) => isUrl(one, ['http:', 'https:']) && new URL(one).origin === one),
    'must be origins such as https://shop.example (nothing behind the host and its port), separated by commas',
  )
  .default([]);

/** Who may log in, and how. */
const accounts = {
  ADMIN_EMAIL: z
    .email({ pattern: z.regexes.html5Email, error: 'must be an e-mail address' })
    .max(LONGEST_EMAIL)
    .optional(),
  ADMIN_PASSWORD: z.string().min(PASSWORD_LENGTH.min).max(PASSWORD_LENGTH.max).optional(),
  ALLOW_GUESTS: flag(true),
  AUTH_JWKS_URL: url('http:', 'https:').optional(),
  AUTH_JWKS_ISSUER: z.string().regex(/^\S+$/, 'must have no spaces').optional(),
  AUTH_JWKS_AUDIENCE: z.string().default('fairline-api'),
  AUTH_JWKS_ADMIN_CLAIM: z
    .string()
    .regex(/^[^=]+=.+$/, 'must be a claim and its value: claim=value')
    .transform((text) => {
      const [name = ''] = text.split('=', 1);
      return { name, value: text.slice(name.length + 1) };
    })
    .optional(),
};

/** The limits of the API, by name. */
const API_LIMITS = Object.entries(LIMITS).filter(([, row]) => !('part' in row));

/** The quota of every limit of the API, by its variable. */
const quotas = Object.fromEntries(
  API_LIMITS.map(([, { variable, fallback, min, max }]) => [variable, integer(fallback, min, max)]),
) as Record<(typeof LIMITS)[ApiLimitName]['variable'], ReturnType<typeof integer>>;

const { mails_address: mails } = LIMITS;
const mailLimit = {
  RATE_LIMIT_ENABLED: flag(true),
  [mails.variable]: integer(mails.fallback, mails.min, mails.max),
};

/** Protection against guessing and overload. */
const protection = {
  RATE_LIMIT_ENABLED: flag(true),
  ...quotas,
  TRUST_PROXY: z
    .string()
    .regex(/^(true|false|off|\d)$/, 'must be true, false, or how many proxies are trusted (0 to 9)')
    .transform((text) => (text === 'true' ? 1 : Number(text) || 0))
    .default(0),
};

/** What may be open at a time in one API process, so that nobody takes all of it. */
const bounds = {
  MAX_CONNECTIONS: integer(20_000, 1, 1_000_000),
  MAX_STREAMS: integer(5_000, 1, 1_000_000),
  MAX_STREAMS_PER_IP: integer(1_000, 1, 1_000_000),
  MAX_LONG_POLLS: integer(10_000, 1, 1_000_000),
  MAX_LONG_POLLS_PER_IP: integer(2_000, 1, 1_000_000),
};

/** Retention of data that is no longer needed, in days. Stripe resends an event for three. */
const retention = {
  RETENTION_WEBHOOK_DAYS: integer(30, 7, 3_650),
  RETENTION_CART_DAYS: integer(30, 1, 3_650),
  RETENTION_CONTACT_DAYS: integer(365, 1, 3_650),
};

/** Whether webhooks may go to private addresses, and to this machine without TLS. */
const webhooks = { WEBHOOK_ALLOW_LOCAL: flag(false) };

/** The shop as people reach it: an origin, for the pages are at its root. */
const publicUrl = url('http:', 'https:')
  .refine((text) => {
    const given = URL.parse(text.trim());
    if (given === null) return true; // that it is no URL is told above
    return given.href === `${given.origin}/` && !/[?#]/.test(text);
  }, 'must be an origin, without user, path, query and fragment: https://shop.example')
  .transform((text) => new URL(text.trim()).origin)
  .optional();

/** Without a server no mails are sent. */
const mail = {
  SMTP_URL: url('smtp:', 'smtps:').optional(),
  SMTP_FROM: z
    .string()
    .regex(
      /^([^<>\p{Cc}]*<[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/u,
      'must be an e-mail address, or a name and one: Shop <tickets@shop.example>',
    )
    .optional(),
};

/** Mails have a sender, and a link to the shop. */
function mailIsWhole(config: object, ctx: z.core.$RefinementCtx): void {
  if (Reflect.get(config, 'SMTP_URL') === undefined) return;
  for (const name of ['SMTP_FROM', 'PUBLIC_URL']) {
    if (Reflect.get(config, name) !== undefined) continue;
    const message = 'is required, because SMTP_URL is set';
    ctx.addIssue({ code: 'custom', path: [name], message });
  }
}

/** Traces. Without an endpoint nothing is traced. */
const tracing = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http:', 'https:').optional(),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0|1|[01]?\.\d+)$/, 'must be a number from 0 to 1')
    .transform(Number)
    .pipe(z.number().max(1))
    .default(1),
};

function adminIsWhole(config: object, ctx: z.core.$RefinementCtx): void {
  const names = ['ADMIN_EMAIL', 'ADMIN_PASSWORD'];
  const given = names.filter((name) => Reflect.get(config, name) !== undefined);
  if (given.length !== 1) return;
  for (const name of names.filter((one) => !given.includes(one))) {
    ctx.addIssue({ code: 'custom', path: [name], message: `is required, because ${given} is set` });
  }
}

const api = {
  ...engines,
  ...stripe,
  STRIPE_PUBLISHABLE_KEY: key('pk_').optional(),
  STRIPE_WEBHOOK_SECRET: key('whsec_').optional(),
  ...accounts,
  ...protection,
  ...bounds,
  METRICS_TOKEN: strong(
    z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII characters without spaces'),
  ).optional(),
  CORS_ORIGINS: corsOrigins,
  PUBLIC_URL: publicUrl,
  ...logKey,
  ...webhooks,
  ...tracing,
  PORT: integer(3000, 0, 65_535),
  AUTH_JWT_SECRET: strong(z.string({ error: 'is required' })).refine(
    (text) => Buffer.byteLength(text) >= 32,
    'must have at least 32 bytes',
  ),
  LINE_SHARDS: integer(4, 1, 256),
  LINE_BATCH_MS: integer(20, 0, 1_000),
  LINE_BATCH_MAX: integer(100, 1, 1_000),
  LINE_MAX_WAITING: integer(1_000_000, 1, 100_000_000),
  LINE_WAITLIST_MAX: integer(10_000, 1, 20_000),
};

const worker = {
  ...engines,
  ...stripe,
  STRIPE_GRACE_SECONDS: integer(300, 0, 86_400),
  LINE_LOOKAHEAD: integer(16, 0, 256),
  ...mail,
  ...mailLimit,
  PUBLIC_URL: publicUrl,
  ...logKey,
  LOG_WITNESSES: witnesses,
  ...webhooks,
  ...retention,
  ...tracing,
};

const migrate = {
  DATABASE_URL: engines.DATABASE_URL,
  DATABASE_APP_URL: url('postgres:', 'postgresql:').optional(),
  LOG_LEVEL: engines.LOG_LEVEL,
};

/** The variables that each part reads. */
const variables = {
  migrate,
  ops: { ...engines, ...stripe },
  audit: { AUTH_JWT_SECRET: z.string().optional() },
  worker,
  api,
};

const schemas = {
  migrate: z.object(migrate),
  ops: z.object(variables.ops),
  audit: z.object(variables.audit),
  worker: z.object(worker).superRefine(mailIsWhole),
  api: z.object(api).superRefine(allOfStripe).superRefine(adminIsWhole).transform(groupSettings),
};

/** The settings of the API in the groups in which it uses them; single ones keep their names. */
function groupSettings(settings: ApiSettings) {
  const { REDIS_URL, DATABASE_URL, LOG_LEVEL, PORT, AUTH_JWT_SECRET, ALLOW_GUESTS } = settings;
  const { CORS_ORIGINS, PUBLIC_URL, TRUST_PROXY, WEBHOOK_ALLOW_LOCAL } = settings;
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG } = settings;
  const { METRICS_TOKEN, MAX_CONNECTIONS, LOG_SIGNING_KEY } = settings;
  return {
    ...{ REDIS_URL, DATABASE_URL, LOG_LEVEL, PORT, AUTH_JWT_SECRET, ALLOW_GUESTS },
    ...{ CORS_ORIGINS, PUBLIC_URL, TRUST_PROXY, WEBHOOK_ALLOW_LOCAL },
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG },
    ...{ METRICS_TOKEN, MAX_CONNECTIONS, LOG_SIGNING_KEY },
    admin: adminOf(settings),
    identityProvider: identityProviderOf(settings),
    limits: settings.RATE_LIMIT_ENABLED ? quotasOf(settings) : undefined,
    open: settings.RATE_LIMIT_ENABLED ? openQuotasOf(settings) : undefined,
    stripe: stripeOf(settings),
    accept: {
      batchMs: settings.LINE_BATCH_MS,
      batchMax: settings.LINE_BATCH_MAX,
      maxWaiting: settings.LINE_MAX_WAITING,
    },
    newSales: { shardCount: settings.LINE_SHARDS, waitlistMax: settings.LINE_WAITLIST_MAX },
  };
}

type ApiSettings = Readonly<z.output<z.ZodObject<typeof api>>>;

function adminOf({ ADMIN_EMAIL: email, ADMIN_PASSWORD: password }: ApiSettings) {
  return email && password ? { email, password } : undefined;
}

function identityProviderOf(settings: ApiSettings) {
  const { AUTH_JWKS_URL: jwksUrl, AUTH_JWKS_ISSUER: issuer } = settings;
  const { AUTH_JWKS_AUDIENCE: audience, AUTH_JWKS_ADMIN_CLAIM: adminClaim } = settings;
  return jwksUrl === undefined ? undefined : { jwksUrl, issuer, audience, adminClaim };
}

function quotasOf(settings: ApiSettings): Quotas {
  const values: Readonly<Record<string, unknown>> = settings;
  const quota = ([name, { variable }]: (typeof API_LIMITS)[number]) => [name, values[variable]];
  return Object.fromEntries(API_LIMITS.map(quota)) as Quotas;
}

function openQuotasOf(settings: ApiSettings) {
  return {
    streams: { total: settings.MAX_STREAMS, perIp: settings.MAX_STREAMS_PER_IP },
    longPolls: { total: settings.MAX_LONG_POLLS, perIp: settings.MAX_LONG_POLLS_PER_IP },
  };
}

function stripeOf(settings: ApiSettings) {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_PUBLISHABLE_KEY: publishableKey } = settings;
  const { STRIPE_WEBHOOK_SECRET: webhookSecret, STRIPE_API_URL: apiUrl } = settings;
  if (!secretKey || !publishableKey || !webhookSecret) return undefined;
  return { secretKey, publishableKey, webhookSecret, apiUrl };
}

/** The process whose settings are read. */
export type Part = keyof typeof schemas;

type Config<P extends Part> = z.infer<(typeof schemas)[P]>;

/** The names of the variables that a part reads. */
export function variablesOf(part: Part): string[] {
  return Object.keys(variables[part]);
}

/**
 * Reads the settings of one part from the environment, and secrets from files that it names. An
 * empty variable counts as missing.
 *
 * @throws ConfigError naming every variable that is missing or broken
 */
export function loadConfig<P extends Part>(part: P, env: NodeJS.ProcessEnv): Config<P> {
  const whole = withSecretFiles(env, variablesOf(part));
  const present = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== ''));
  const result = schemas[part].safeParse(present);
  if (result.success) return result.data as Config<P>;
  throw brokenSettings(
    result.error.issues.map(({ path, message }) => ({ name: path.join('.'), message })),
  );
}

/**
 * The environment with the content of secret files as variables, instead of the names of the files.
 *
 * @param names the settings that are wanted; all secrets when left out
 * @throws ConfigError naming every secret whose file cannot be used
 */
export function withSecretFiles(
  env: NodeJS.ProcessEnv,
  names?: readonly string[],
): NodeJS.ProcessEnv {
  const { env: whole, problems } = readSecretFiles(env, names);
  if (problems.length > 0) throw brokenSettings(problems);
  return whole;
}

/** The error that names settings which are missing or broken. */
export function brokenSettings(
  problems: readonly { readonly name: string; readonly message: string }[],
): ConfigError {
  const lines = problems.map(
    ({ name, message }) => `  ${name}: ${message} (docs/settings.md lists the settings)`,
  );
  return new ConfigError(`These settings are missing or broken:\n${lines.join('\n')}`);
}

/**
 * For main.ts files: the settings of the environment. If they are invalid, it prints what is wrong
 * and exits with the code `failure`.
 */
export function readConfig<P extends Part>(part: P, failure = 1): Config<P> {
  try {
    return loadConfig(part, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(failure);
  }
}
