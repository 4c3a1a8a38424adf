import { AppRoleError, appRoleOf, grantAppRole } from '../db/app-role.ts';
import { connectDb } from '../db/client.ts';
import { migrateToLatest } from '../db/migrator.ts';
import { probeConnection } from '../db/probe.ts';
import { checkVersion, isSchemaNewer } from '../db/versions.ts';
import { readConfig } from '../process/config.ts';
import { checkEngine } from '../process/engine-check.ts';
import { createLogger } from '../process/logger.ts';

// npm run migrate: brings the schema up to date, forward only, and gives the role of the API and
// the workers its rights, where they have one of their own. Run by an older version than the one
// that migrated, it changes nothing: the rights are those that the newer one needs.
const config = readConfig('migrate');
const log = createLogger({ level: config.LOG_LEVEL, part: 'migrate' });
const db = connectDb(config.DATABASE_URL, log, 2, 0); // an index may take long
await checkEngine('DATABASE_URL', () => probeConnection(db), true);
try {
  const appUrl = config.DATABASE_APP_URL;
  const role = appUrl === undefined ? undefined : appRoleOf(appUrl);
  if (await isSchemaNewer(db)) {
    await checkEngine('DATABASE_URL', () => checkVersion(db), true);
    log.info('the schema is that of a newer version, which this one can work with');
  } else {
    const names = await migrateToLatest(db);
    log.info({ migrations: names }, names.length > 0 ? 'migrated' : 'schema is up to date');
    if (role !== undefined) {
      await grantAppRole(db, role);
      log.info({ role: role.name }, 'the role of the API and the workers has its rights');
    }
  }
} catch (error) {
  if (!(error instanceof AppRoleError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await db.destroy();
}
