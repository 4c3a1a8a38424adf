import { Kysely, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import { LimitedPostgresDialect } from './dialect.ts';
import { WritablePool } from './pool.ts';
import type { Database } from './schema.ts';

export type Db = Kysely<Database>;
export type Tx = Transaction<Database>;

const BIGINT_OID = 20;

/**
 * States explicitly how pg treats these modes today, which avoids its warning: certificate and host
 * name are verified. A URL that wants libpq's weaker meaning sets `uselibpqcompat=true`.
 */
function withStrictTls(text: string): string {
  const url = URL.parse(text);
  const mode = url?.searchParams.get('sslmode') ?? '';
  const isLax = ['prefer', 'require', 'verify-ca'].includes(mode);
  if (url === null || !isLax || url.searchParams.has('uselibpqcompat')) return text;
  url.searchParams.set('sslmode', 'verify-full');
  return url.href;
}

/**
 * Connects to Postgres, directly or through a pooler in transaction mode. Values of type bigint are
 * returned as JavaScript numbers: all of ours are counts far below 2^53. Transactions have limits
 * of their own (dialect.ts).
 *
 * @param queryTimeoutMs after how long a query is given up; 0 for never
 */
export function connectDb(
  url: string,
  log: Logger,
  maxConnections = 10,
  queryTimeoutMs = 15_000,
): Db {
  const options = {
    connectionString: withStrictTls(url),
    max: maxConnections,
    connectionTimeoutMillis: 5_000,
    query_timeout: queryTimeoutMs,
    keepAlive: true,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === BIGINT_OID ? Number : pg.types.getTypeParser(oid, format),
    },
  };
  return new Kysely<Database>({
    dialect: new LimitedPostgresDialect({ pool: new WritablePool(options, log) }),
  });
}

/**
 * Runs `work` on a snapshot: all its reads see the database at one moment. It may idle for 10 s
 * between two statements, longer than other transactions, because it locks nothing.
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
