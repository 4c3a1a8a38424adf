import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  type TransactionSettings,
} from 'kysely';

/**
 * Limits of every transaction. A process that is stopped inside one must not hold a shard's row:
 * its session ends after idling for a second. A statement times out after 10 s.
 *
 * They are set in each transaction, not per session: a pooler in transaction mode (PgBouncer)
 * refuses startup parameters, and leaves session settings on a connection that the next client
 * gets.
 */
const LIMITS = [
  "set local idle_in_transaction_session_timeout = '1s'",
  "set local statement_timeout = '10s'",
].join('; ');

/** Postgres, with limits on every transaction, set in the round trip that begins it. */
export class LimitedPostgresDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new LimitedDriver(this.#config);
  }
}

class LimitedDriver extends PostgresDriver {
  override async beginTransaction(
    connection: DatabaseConnection,
    { isolationLevel, accessMode }: TransactionSettings,
  ): Promise<void> {
    const modes = [isolationLevel && `isolation level ${isolationLevel}`, accessMode];
    const begin = ['start transaction', ...modes.filter(Boolean)].join(' ');
    await connection.executeQuery(CompiledQuery.raw(`${begin}; ${LIMITS}`));
  }
}
