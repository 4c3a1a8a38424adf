import { isIP } from 'node:net';
import { z } from 'zod';
import { LONGEST_EMAIL, PASSWORD_LENGTH } from '../domain/account.ts';
import { type ApiLimitName, LIMITS, type Quotas } from '../domain/limits.ts';
import { logKey, witnesses } from './log-settings.ts';
import { parseProxyTrust } from './proxy-trust.ts';
import { readSecretFiles, type SettingProblem } from './secrets.ts';
import { authSecret, flag, integer, isUrl, key, redisUrl, strong, url } from './setting-kinds.ts';

/** Settings are missing or invalid. The message names every such variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const engines = {
  REDIS_URL: redisUrl,
  DATABASE_URL: url('postgres:', 'postgresql:'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
};

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
    .refine(
      (text) => parseProxyTrust(text) !== undefined,
      'must be true, false, how many proxies are trusted (0 to 9), or where they are, separated by ' +
        'commas: 10.0.0.0/8, 2001:db8::/32 (no bits behind the prefix), 192.0.2.1, loopback, ' +
        'linklocal, uniquelocal',
    )
    .transform((text) => parseProxyTrust(text) ?? 0)
    .default(0),
};

/** Where the API listens; on all interfaces without a host. */
const place = {
  PORT: integer(3000, 0, 65_535),
  HOST: z
    .string()
    .refine(
      (text) => isIP(text) !== 0 || /^[a-z\d]+([.-][a-z\d]+)*$/i.test(text),
      'must be an IP address or a name, without a port: 127.0.0.1, ::1, localhost',
    )
    .optional(),
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
  RETENTION_SALT_DAYS: integer(730, 1, 3_650),
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

/** While the secret is replaced there are two. */
function secretsDiffer(config: object, ctx: z.core.$RefinementCtx): void {
  const previous = Reflect.get(config, 'AUTH_JWT_SECRET_PREVIOUS');
  if (previous === undefined || previous !== Reflect.get(config, 'AUTH_JWT_SECRET')) return;
  const message = 'is the same as AUTH_JWT_SECRET: set it to the other one, or leave it out';
  ctx.addIssue({ code: 'custom', path: ['AUTH_JWT_SECRET_PREVIOUS'], message });
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
  ...place,
  AUTH_JWT_SECRET: authSecret,
  AUTH_JWT_SECRET_PREVIOUS: authSecret.optional(),
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
  audit: {
    AUTH_JWT_SECRET: z.string().optional(),
    AUTH_JWT_SECRET_PREVIOUS: z.string().optional(),
  },
  worker,
  api,
};

const schemas = {
  migrate: z.object(migrate),
  ops: z.object(variables.ops),
  audit: z.object(variables.audit),
  worker: z.object(worker).superRefine(mailIsWhole),
  api: z
    .object(api)
    .superRefine(allOfStripe)
    .superRefine(adminIsWhole)
    .superRefine(secretsDiffer)
    .transform(groupSettings),
};

/** The settings of the API in the groups in which it uses them; single ones keep their names. */
function groupSettings(settings: ApiSettings) {
  const { REDIS_URL, DATABASE_URL, LOG_LEVEL, HOST, PORT } = settings;
  const { AUTH_JWT_SECRET, ALLOW_GUESTS } = settings;
  const { CORS_ORIGINS, PUBLIC_URL, TRUST_PROXY, WEBHOOK_ALLOW_LOCAL } = settings;
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG } = settings;
  const { METRICS_TOKEN, MAX_CONNECTIONS, LOG_SIGNING_KEY, AUTH_JWT_SECRET_PREVIOUS } = settings;
  return {
    ...{ REDIS_URL, DATABASE_URL, LOG_LEVEL, HOST, PORT, AUTH_JWT_SECRET, ALLOW_GUESTS },
    ...{ CORS_ORIGINS, PUBLIC_URL, TRUST_PROXY, WEBHOOK_ALLOW_LOCAL },
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG },
    ...{ METRICS_TOKEN, MAX_CONNECTIONS, LOG_SIGNING_KEY, AUTH_JWT_SECRET_PREVIOUS },
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
 * @throws ConfigError naming every variable that is missing or broken, files of secrets included
 */
export function loadConfig<P extends Part>(part: P, env: NodeJS.ProcessEnv): Config<P> {
  const { env: whole, problems } = readSecretFiles(env, variablesOf(part));
  const result = parse(part, whole);
  if (result.success && problems.length === 0) return result.data as Config<P>;
  throw brokenSettings([...problems, ...problemsIn(result, problems)]);
}

/**
 * What is wrong with the settings of a part.
 *
 * @param env with secrets as variables
 * @param known what is known to be wrong; of those variables nothing more is said
 */
export function settingProblems(
  part: Part,
  env: NodeJS.ProcessEnv,
  known: readonly SettingProblem[],
): SettingProblem[] {
  return problemsIn(parse(part, env), known);
}

function parse(part: Part, env: NodeJS.ProcessEnv) {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  return schemas[part].safeParse(present);
}

function problemsIn(
  { error }: ReturnType<typeof parse>,
  known: readonly SettingProblem[],
): SettingProblem[] {
  return (error?.issues ?? [])
    .map(({ path, message }) => ({ name: path.join('.'), message }))
    .filter(({ name }) => !known.some((one) => one.name === name));
}

/** The error that names settings which are missing or broken, each problem once. */
export function brokenSettings(problems: readonly SettingProblem[]): ConfigError {
  const lines = problems.map(
    ({ name, message }) => `  ${name}: ${message} (docs/settings.md lists the settings)`,
  );
  return new ConfigError(
    `These settings are missing or broken:\n${[...new Set(lines)].join('\n')}`,
  );
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
