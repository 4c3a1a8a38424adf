import { connectDb } from '../db/client.ts';
import { migrateToLatest } from '../db/migrator.ts';
import { probeConnection } from '../db/probe.ts';
import { readConfig } from '../process/config.ts';
import { checkEngine } from '../process/engine-check.ts';
import { createLogger } from '../process/logger.ts';

// npm run migrate: brings the schema up to date; forward only.
const config = readConfig('migrate');
const log = createLogger({ level: config.LOG_LEVEL, part: 'migrate' });
const db = connectDb(config.DATABASE_URL, log, 2);
await checkEngine('DATABASE_URL', () => probeConnection(db), true);
try {
  const names = await migrateToLatest(db);
  log.info({ migrations: names }, names.length > 0 ? 'migrated' : 'schema is up to date');
} finally {
  await db.destroy();
}
