import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectDb, type Db } from '../../src/db/client.ts';
import { MIGRATIONS } from '../../src/db/migrations/index.ts';
import { createDatabase, ownerUrl, silent } from '../support/database.ts';
import { runCommand, startApiPart } from '../support/parts.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { SECRET } from '../support/system.ts';

/** A migration that only a later version has. */
const LATER = '9999-later';

describe('a database that a newer version has migrated', () => {
  let redis: TestRedis;
  let owner: Db;
  let env: Readonly<Record<string, string>>;
  beforeAll(async () => {
    redis = await startTestRedis();
    const url = await createDatabase();
    owner = connectDb(ownerUrl(url), silent, 1);
    env = { REDIS_URL: redis.url, DATABASE_URL: url, AUTH_JWT_SECRET: SECRET };
    await sql`insert into kysely_migration (name, timestamp) values (${LATER}, 'later')`.execute(
      owner,
    );
  });
  afterAll(async () => {
    await owner.destroy();
    await redis.stop();
  });

  const require = (name: string) =>
    owner.insertInto('required_migrations').values({ name }).execute();
  const migrate = () =>
    runCommand('src/ops/migrate.ts', [], {
      ...env,
      DATABASE_URL: ownerUrl(env['DATABASE_URL'] ?? ''),
    });
  const readNames = () => sql`select name from kysely_migration order by name`.execute(owner);

  it('is one that this version can work with, unless something it needs is gone', async () => {
    const api = await startApiPart(env);
    onTestFinished(() => api.end('SIGTERM').then(() => undefined));
    expect((await fetch(`${api.url}/readyz`)).status).toBe(200);
    const before = await readNames();
    const { code, output } = await migrate();
    expect([code, output]).toEqual([0, expect.stringContaining('that of a newer version')]);
    expect(await readNames()).toEqual(before);
  });

  it('is refused by every part once a migration requires a newer version', async () => {
    await require(LATER);
    const parts = ['src/api/main.ts', 'src/workers/main.ts', 'src/ops/reconcile.ts'];
    const runs = [
      migrate,
      ...parts.map((script) => () => runCommand(script, [], { ...env, PORT: '0' })),
    ];
    for (const run of runs) {
      const { code, output } = await run();
      expect([code, output]).toEqual([
        1,
        expect.stringContaining('DATABASE_URL: this version is older than the database allows'),
      ]);
      expect(output).toContain(LATER);
    }
  });

  it('is not one that lacks a migration of this version', async () => {
    const [last = ''] = Object.keys(MIGRATIONS).slice(-1);
    await sql`truncate required_migrations`.execute(owner);
    await sql`delete from kysely_migration where name = ${last}`.execute(owner);
    const { code, output } = await migrate();
    expect([code, output]).toEqual([1, expect.stringContaining(LATER)]);
  });
});
