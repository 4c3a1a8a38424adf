import { join, resolve } from 'node:path';
import { loadConfig } from '../config.ts';

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
}

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
  const { PORT } = loadConfig('api', complete);
  loadConfig('worker', complete);
  return {
    dataDir: resolve(given['FAIRLINE_DATA_DIR'] ?? join(root, '.data')),
    port: PORT,
    redisUrl: given['REDIS_URL'],
    databaseUrl: given['DATABASE_URL'],
    secret: given['AUTH_JWT_SECRET'],
  };
}
