import { sql } from 'kysely';
import { expect, inject, it } from 'vitest';
import { connectDb } from '../../src/db/client.ts';
import { isOutage } from '../../src/process/outage.ts';
import { silent } from '../support/database.ts';
import { proxyTo } from '../support/proxy.ts';

it('survives the loss of connections in use, and tells it as an outage', async () => {
  const proxy = await proxyTo(new URL(inject('postgresUrl')));
  const db = connectDb(proxy.url, silent, 3);

  const query = sql`select pg_sleep(30)`.execute(db).catch((error: unknown) => error);
  const transaction = db
    .transaction()
    .execute(async (tx) => {
      await sql`select 1`.execute(tx);
      proxy.cut();
      await sql`select 2`.execute(tx);
    })
    .catch((error: unknown) => error);
  for (const error of await Promise.all([query, transaction])) {
    expect(isOutage(error), String(error)).toBe(true);
  }

  // I4: one that is idle inside a transaction for a second is ended by Postgres, and nothing else
  // is.
  const idle = db
    .transaction()
    .execute(async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(db);
      await sql`select 3`.execute(tx);
    })
    .catch((error: unknown) => error);
  expect(isOutage(await idle)).toBe(true);
  expect((await sql<{ n: number }>`select 4 as n`.execute(db)).rows).toEqual([{ n: 4 }]);
  await db.destroy();
  proxy.close();
});
