import { join, resolve } from 'node:path';
import { brokenSettings, loadConfig, settingProblems } from '../src/process/config.ts';
import { readSecretFiles } from '../src/process/secrets.ts';

/** The settings of `npm start` itself. All others are passed to the processes. */
export interface DemoSettings {
  /** That of the processes: secrets from files are variables. */
  env: NodeJS.ProcessEnv;
  dataDir: string;
  /** Where the API listens: on this machine alone, unless the environment says otherwise. */
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** Servers to use instead of embedded ones. */
  redisUrl: string | undefined;
  databaseUrl: string | undefined;
  /** The URL of the API and the workers, where they have a role of their own in that Postgres. */
  databaseAppUrl: string | undefined;
  /** From the environment; otherwise one is stored in the data folder. */
  secret: string | undefined;
  stripe: StripeSettings;
  /** Whether the environment names a mail server; otherwise mails are caught. */
  hasMailServer: boolean;
  admin: {
    email: string;
    /** From the environment; otherwise one is stored in the data folder. */
    password: string | undefined;
  };
}

/** The first admin's address where the environment sets none. */
const ADMIN_EMAIL = 'admin@fairline.example';

interface StripeSettings {
  /** The environment gives the keys of an account; else the parts get those below. */
  isReal: boolean;
  /** From the environment; otherwise one is stored in the data folder. */
  webhookSecret: string | undefined;
  /** Undefined where the environment names another Stripe. */
  standIn: { port: number | undefined } | undefined;
}

/** Keys for the processes; a stand-in accepts any of this form. */
export const TEST_KEYS = {
  STRIPE_SECRET_KEY: 'sk_test_fairline',
  STRIPE_PUBLISHABLE_KEY: 'pk_test_fairline',
};

/**
 * Reads the settings and validates those of the processes too, before anything slow begins. An
 * empty variable counts as missing.
 *
 * @param root the project's folder
 * @throws ConfigError naming every invalid variable
 */
export function readSettings(env: NodeJS.ProcessEnv, root: string): DemoSettings {
  const { env: whole, problems } = readSecretFiles(env);
  const given = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== ''));
  // Placeholders for what the demo finds out later, so that the rest can be validated now.
  const complete = {
    REDIS_URL: 'redis://127.0.0.1',
    DATABASE_URL: 'postgres://127.0.0.1',
    AUTH_JWT_SECRET: 'a placeholder, longer than it has to be',
    ADMIN_EMAIL,
    ADMIN_PASSWORD: '-'.repeat(32),
    PUBLIC_URL: 'http://127.0.0.1',
    ...given,
  };
  const isReal = given['STRIPE_SECRET_KEY'] !== undefined;
  const stripe = isReal ? {} : { ...TEST_KEYS, STRIPE_WEBHOOK_SECRET: 'whsec_later' };
  const ofApi = { ...complete, ...stripe };
  const stripePort = readPort(given['STRIPE_PORT']);
  const broken = [
    ...problems,
    ...settingProblems('api', ofApi, problems),
    ...settingProblems('worker', complete, problems),
    ...settingProblems('migrate', complete, problems),
    ...(Number.isNaN(stripePort) ? [{ name: 'STRIPE_PORT', message: 'must be a port' }] : []),
  ];
  if (broken.length > 0) throw brokenSettings(broken);
  const { PORT, HOST } = loadConfig('api', ofApi);
  return {
    env: whole,
    dataDir: resolve(given['FAIRLINE_DATA_DIR'] ?? join(root, '.data')),
    host: HOST ?? '127.0.0.1',
    port: PORT,
    redisUrl: given['REDIS_URL'],
    databaseUrl: given['DATABASE_URL'],
    databaseAppUrl: given['DATABASE_APP_URL'],
    secret: given['AUTH_JWT_SECRET'],
    hasMailServer: given['SMTP_URL'] !== undefined,
    admin: {
      email: given['ADMIN_EMAIL'] ?? ADMIN_EMAIL,
      password: given['ADMIN_PASSWORD'],
    },
    stripe: {
      isReal,
      webhookSecret: given['STRIPE_WEBHOOK_SECRET'],
      standIn: isReal || given['STRIPE_API_URL'] !== undefined ? undefined : { port: stripePort },
    },
  };
}

/** NaN for what is no port. */
function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65_535 ? port : Number.NaN;
}
