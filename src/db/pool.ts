import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';

/** SQLSTATE of a write that a standby, or a server set to read-only, refuses. */
const READ_ONLY_TRANSACTION = '25006';

/** How pg reports an answer that timed out: the statement may still be running. */
const READ_TIMEOUT = 'Query read timeout';

/** The server takes no writes: a standby, or one that is set to read-only. */
class ReadOnlyServer extends Error {
  constructor() {
    super('Postgres is read-only: a standby, or a primary that takes no writes');
  }
}

/**
 * A pool whose connections all lead to a server that accepts writes, as
 * `target_session_attrs=read-write` does in libpq
 * (https://www.postgresql.org/docs/current/libpq-connect.html): after a fail-over the name in
 * DATABASE_URL may still lead to the old primary, or already to a standby that is not yet promoted.
 * A connection that turns out to lead elsewhere leaves the pool, and so does one whose last answer
 * is still outstanding.
 */
export class WritablePool implements PostgresPool {
  readonly options: object;
  readonly #pool: pg.Pool;

  constructor(options: pg.PoolConfig, log: Logger) {
    this.options = options;
    // pg-pool awaits onConnect and drops the connection when it rejects; its types say void.
    this.#pool = new pg.Pool({ ...options, onConnect: refuseReadOnly });
    // A broken connection in use emits an error on its client too, which must not end the process.
    this.#pool.on('connect', (client) => {
      client.on('error', (error) => log.warn({ err: error }, 'postgres connection error in use'));
    });
    this.#pool.on('error', (error) => log.warn({ err: error }, 'postgres connection error'));
  }

  /** @throws ReadOnlyServer when a new connection leads to a server that accepts no writes */
  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#pool.connect();
    let isUnusable = false;
    return {
      async query<R>(text: string, values?: readonly unknown[]) {
        try {
          // pg's result has more commands than Kysely's type names; Kysely only reads it.
          return (await client.query(text, values?.slice())) as unknown as PostgresQueryResult<R>;
        } catch (error) {
          isUnusable ||= makesUnusable(error);
          throw error;
        }
      },
      release: (destroy?: boolean) => client.release(destroy === true || isUnusable),
    } as PostgresPoolClient; // without cursors: nothing here streams rows
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}

async function refuseReadOnly(client: pg.ClientBase): Promise<void> {
  // 'on' during recovery too.
  const { rows } = await client.query<{ transaction_read_only: string }>(
    'show transaction_read_only',
  );
  if (rows[0]?.transaction_read_only !== 'off') throw new ReadOnlyServer();
}

function makesUnusable(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code === READ_ONLY_TRANSACTION;
  return error instanceof Error && error.message === READ_TIMEOUT;
}
