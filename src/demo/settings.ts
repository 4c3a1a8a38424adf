import { join, resolve } from 'node:path';
import { ConfigError, loadConfig } from '../config.ts';

/** What `npm start` itself goes by. All other settings pass through to the parts. */
export interface DemoSettings {
  dataDir: string;
  /** 0: a free one. */
  port: number;
  /** Servers to use instead of embedded ones. */
  redisUrl: string | undefined;
  databaseUrl: string | undefined;
  /** Given by the environment; else one is kept in the data folder. */
  secret: string | undefined;
  stripe: StripeSettings;
}

export interface StripeSettings {
  /** Keys for the parts, as variables; undefined where the environment gives those of a real account. */
  keys: Record<string, string> | undefined;
  /** Given by the environment; else one is kept in the data folder. */
  webhookSecret: string | undefined;
  /**
   * Where the local stand-in listens: 0 is a free port, undefined 12111 or a free one. No number where the environment
   * names another Stripe: then there is no stand-in.
   */
  standInPort: number | undefined | 'none';
}

/** The stand-in takes any keys of this form. */
const TEST_KEYS = {
  STRIPE_SECRET_KEY: 'sk_test_fairline',
  STRIPE_PUBLISHABLE_KEY: 'pk_test_fairline',
};

/**
 * Reads the settings and checks those of the parts too, before anything slow begins.
 * An empty variable counts as missing.
 *
 * @param root the project's folder
 * @throws ConfigError naming every variable that is broken
 */
export function readSettings(env: NodeJS.ProcessEnv, root: string): DemoSettings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  // Stands in for what the demo finds out later, so that the rest can be checked now.
  const complete = {
    REDIS_URL: 'redis://127.0.0.1',
    DATABASE_URL: 'postgres://127.0.0.1',
    AUTH_JWT_SECRET: '-'.repeat(32),
    ...given,
  };
  const isReal = given['STRIPE_SECRET_KEY'] !== undefined;
  const keys = isReal ? undefined : { ...TEST_KEYS, ...pick(given, 'STRIPE_PUBLISHABLE_KEY') };
  const { PORT } = loadConfig('api', {
    ...(isReal ? {} : { ...keys, STRIPE_WEBHOOK_SECRET: 'whsec_later' }),
    ...complete,
  });
  loadConfig('worker', complete);
  return {
    dataDir: resolve(given['FAIRLINE_DATA_DIR'] ?? join(root, '.data')),
    port: PORT,
    redisUrl: given['REDIS_URL'],
    databaseUrl: given['DATABASE_URL'],
    secret: given['AUTH_JWT_SECRET'],
    stripe: {
      keys,
      webhookSecret: given['STRIPE_WEBHOOK_SECRET'],
      standInPort:
        isReal || given['STRIPE_API_URL'] !== undefined ? 'none' : readPort(given['STRIPE_PORT']),
    },
  };
}

function pick(given: Record<string, string | undefined>, name: string): Record<string, string> {
  const value = given[name];
  return value === undefined ? {} : { [name]: value };
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d+$/.test(text) ? Number(text) : -1;
  if (port >= 0 && port <= 65_535) return port;
  throw new ConfigError(
    'These settings are missing or broken:\n  STRIPE_PORT: must be a port (README.md lists the settings)',
  );
}
