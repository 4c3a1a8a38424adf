import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { appRoleOf, checkRights, grantAppRole } from '../../src/db/app-role.ts';
import { connectDb, type Db } from '../../src/db/client.ts';
import { APP_ROLE } from '../support/app-role.ts';
import { createDatabase, ownerUrl, silent } from '../support/database.ts';
import { runCommand } from '../support/parts.ts';
import { runSql } from '../support/postgres-server.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

const FORBIDDEN = [
  'update log set entry = entry',
  'delete from log',
  'truncate log',
  'select from log for update',
  'update inventory_ledger set sold = sold',
  'delete from inventory_ledger',
  'truncate inventory_ledger',
  "update admin_actions set outcome = 'done'",
  'delete from admin_actions',
  'truncate admin_actions',
  'delete from orders',
  'truncate carts cascade',
  'create table mine (id text)',
  'create schema mine',
  'create function mine() returns int language sql return 1',
  'drop table log',
  'alter table log add column mine text',
  'alter table products drop constraint products_not_negative',
  'create index mine on log (kind)',
  'alter table log disable trigger all',
  'create role mine',
  'select name from kysely_migration',
];

/** A role of the run's Postgres that may log in, and nothing else yet. */
const newRole = () => ({ name: `role_${randomUUID().replaceAll('-', '')}`, password: 'p w/d' });

function urlFor(databaseUrl: string, role: { readonly name: string; readonly password: string }) {
  const url = new URL(databaseUrl);
  url.username = encodeURIComponent(role.name);
  url.password = encodeURIComponent(role.password);
  return url.href;
}

function connect(url: string): Db {
  const db = connectDb(url, silent, 1);
  onTestFinished(() => db.destroy());
  return db;
}

describe('the role of the API and the workers', () => {
  let url: string;
  let db: Db;
  let owner: Db;
  beforeAll(async () => {
    url = await createDatabase();
    [db, owner] = [connectDb(url, silent, 1), connectDb(ownerUrl(url), silent, 1)];
  });
  afterAll(() => Promise.all([db.destroy(), owner.destroy()]));

  it.each(FORBIDDEN)('may not: %s', async (statement) => {
    // It exists, so nothing but the rights stands in its way.
    const undone = new Error('undone');
    await expect(
      owner.transaction().execute(async (tx) => {
        await sql.raw(statement).execute(tx);
        throw undone;
      }),
    ).rejects.toBe(undone);
    const refused = expect.objectContaining({ code: '42501' });
    await expect(sql.raw(statement).execute(db)).rejects.toEqual(refused);
  });

  it('has the rights that it needs, and no more', async () => {
    expect(await checkRights(db)).toEqual({ hasMore: false });
    expect(await checkRights(owner)).toEqual({ hasMore: true });
  });

  it('gets its rights on later tables, and loses what it was given by hand', async () => {
    await sql.raw(`grant all on log, orders to ${APP_ROLE.name}`).execute(owner);
    await sql.raw(`revoke all on carts from ${APP_ROLE.name}`).execute(owner);
    await expect(checkRights(db)).rejects.toThrow(
      'it lacks the rights to select carts, insert carts, update carts and 1 more',
    );
    await grantAppRole(owner, APP_ROLE);
    expect(await checkRights(db)).toEqual({ hasMore: false });
  });

  it.each([
    ['may change the log like everybody', 'grant update on log to public', 'update log'],
    ['may create tables', 'grant create on schema public to public', 'create tables'],
  ])('is refused where it %s', async (_, grant, found) => {
    const mine = connect(ownerUrl(await createDatabase()));
    await sql.raw(grant).execute(mine);
    await expect(grantAppRole(mine, APP_ROLE)).rejects.toThrow(found);
  });

  it('is refused where it is the owner', async () => {
    await expect(grantAppRole(owner, appRoleOf(ownerUrl(url)))).rejects.toThrow(
      'may do more than it must',
    );
  });

  it.each(['postgres://127.0.0.1/x', 'postgres://ann@127.0.0.1/x'])(
    'has a name and a password in its URL: %s',
    (text) => {
      expect(() => appRoleOf(text)).toThrow('needs a user and a password');
    },
  );
});

describe('npm run migrate', () => {
  it('makes the role as an owner who is no superuser, as on a hosted Postgres', async () => {
    const [seller, app] = [newRole(), newRole()];
    const adminUrl = inject('postgresUrl');
    await runSql(adminUrl, `create role ${seller.name} login createrole password 'p w/d'`);
    await runSql(adminUrl, `create database ${seller.name} owner ${seller.name}`);
    const place = new URL(`/${seller.name}`, adminUrl).href;
    const env = { DATABASE_URL: urlFor(place, seller), DATABASE_APP_URL: urlFor(place, app) };
    for (const time of ['first', 'second']) {
      const { code, output } = await runCommand('src/ops/migrate.ts', [], env);
      expect([time, code, output]).toEqual([time, 0, expect.stringContaining(app.name)]);
      expect(output).not.toContain(app.password);
    }
    expect(await checkRights(connect(env.DATABASE_APP_URL))).toEqual({ hasMore: false });
  });

  it('says what is missing where the owner may not make roles', async () => {
    const seller = newRole();
    const adminUrl = inject('postgresUrl');
    await runSql(adminUrl, `create role ${seller.name} login password 'p w/d'`);
    await runSql(adminUrl, `create database ${seller.name} owner ${seller.name}`);
    const place = new URL(`/${seller.name}`, adminUrl).href;
    const { code, output } = await runCommand('src/ops/migrate.ts', [], {
      DATABASE_URL: urlFor(place, seller),
      DATABASE_APP_URL: urlFor(place, newRole()),
    });
    expect(code).toBe(1);
    expect(output).toContain('make it by hand, or give that user CREATEROLE');
    expect(output).not.toContain('    at ');
  });
});

describe('a process whose role lacks rights', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis.stop());

  it.each(['src/api/main.ts', 'src/workers/main.ts', 'src/ops/reconcile.ts'])(
    '%s does not start, and says what to do',
    async (script) => {
      const url = await createDatabase();
      const role = newRole();
      const password = role.password;
      await runSql(ownerUrl(url), `create role ${role.name} login password '${password}'`);
      const { code, output } = await runCommand(script, [], {
        DATABASE_URL: urlFor(url, role),
        REDIS_URL: redis.url,
        AUTH_JWT_SECRET: 'a secret for tests that is long enough',
      });
      expect(code).toBe(1);
      expect(output).toContain('DATABASE_URL: the user in the URL has too few rights');
      expect(output).toContain('it lacks the rights to select shards');
      expect(output).not.toContain('    at ');
    },
  );
});
