import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Database } from './schema.ts';

export type Db = Kysely<Database>;
export type Tx = Transaction<Database>;

const BIGINT_OID = 20;

/**
 * Connects to Postgres. Numbers of type bigint come back as JavaScript numbers: all of ours are counts far
 * below 2^53.
 *
 * Its sessions end a transaction that has been idle for a second: a process that is stopped inside one must
 * not hold a shard's row. A statement that takes 10 s is given up, and an answer that takes 15 s.
 */
export function connectDb(url: string, log: Logger, maxConnections = 10): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: 2_000,
    idle_in_transaction_session_timeout: 1_000,
    statement_timeout: 10_000,
    query_timeout: 15_000,
    keepAlive: true,
    types: {
      getTypeParser: (oid, format) =>
        oid === BIGINT_OID ? Number : pg.types.getTypeParser(oid, format),
    },
  });
  // A connection in use that breaks tells it to its client, too: without a listener that ends the process.
  pool.on('connect', (client) => {
    client.on('error', (error) => log.warn({ err: error }, 'postgres connection in use'));
  });
  pool.on('error', (error) => log.warn({ err: error }, 'postgres connection'));
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/**
 * Runs `work` on a snapshot: all its reads see the database at one moment. It may take 10 s between two
 * statements, longer than other transactions, because it locks nothing.
 */
export function inSnapshot<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      await sql`set local idle_in_transaction_session_timeout = '10s'`.execute(tx);
      return work(tx);
    });
}

/** Resolves when Postgres answers. */
export async function ping(db: Db): Promise<void> {
  await sql`select 1`.execute(db);
}
