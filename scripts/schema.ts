// Writes what the migrations make, as SQL to src/db/schema.sql and as types to
// test/db/catalog.ts: npm run schema, after a new migration. test/db/schema.test.ts compares.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startPostgres } from '../demo/postgres.ts';
import { connectDb } from '../src/db/client.ts';
import { migrateToLatest } from '../src/db/migrator.ts';
import { dumpSchema } from './dump-schema.ts';

const root = join(import.meta.dirname, '..');
const dir = mkdtempSync(join(tmpdir(), 'fairline-schema-'));
// For root, Postgres runs as another user, which has to pass this folder.
chmodSync(dir, 0o755);
const postgres = await startPostgres({ dir: join(dir, 'postgres'), settings: { fsync: 'off' } });
const db = connectDb(postgres.adminUrl, pino({ level: 'silent' }), 1);
try {
  await migrateToLatest(db);
  const { ddl, types } = await dumpSchema(db);
  writeFileSync(join(root, 'src/db/schema.sql'), ddl);
  writeFileSync(join(root, 'test/db/catalog.ts'), types);
} finally {
  await db.destroy();
  await postgres.stop();
  rmSync(dir, { recursive: true, force: true });
}
