import { type RawBuilder, sql } from 'kysely';
import pg from 'pg';
import type { Db, Tx } from './client.ts';
import type { Database } from './schema.ts';

/** What the API and the workers may do to a table; nobody but the owner may do more. */
const RIGHTS = {
  read: ['select'],
  append: ['select', 'insert'],
  change: ['select', 'insert', 'update'],
  /** Also remove rows: what is kept for a time, and what can be made again from the log. */
  remove: ['select', 'insert', 'update', 'delete'],
} as const;

/** The rights on every table; the compiler asks for those of a new one. */
const TABLES: Readonly<Record<keyof Database, keyof typeof RIGHTS>> = {
  shards: 'change',
  sales: 'change',
  products: 'change',
  log: 'append',
  public_logs: 'change',
  public_log_leaves: 'append',
  public_log_nodes: 'append',
  public_log_cursors: 'remove',
  log_keys: 'append',
  orders: 'change',
  waitlist: 'change',
  counted_holds: 'append',
  order_items: 'change',
  inventory_ledger: 'append',
  admin_actions: 'append',
  sale_counts: 'change',
  payment_requests: 'change',
  payments: 'change',
  refunds: 'change',
  disputes: 'change',
  webhook_events: 'remove',
  stripe_cursor: 'change',
  carts: 'remove',
  cart_checkouts: 'remove',
  history: 'change',
  history_stock: 'change',
  tickets: 'remove',
  users: 'change',
  refresh_families: 'remove',
  refresh_tokens: 'remove',
  messages: 'change',
  webhook_endpoints: 'change',
  deliveries: 'change',
  contacts: 'remove',
  order_links: 'remove',
  mail_counts: 'remove',
  required_migrations: 'read',
};

const ALL_RIGHTS = ['select', 'insert', 'update', 'delete', 'truncate'] as const;
type Right = (typeof ALL_RIGHTS)[number];

/** The SQLSTATE of a statement that the role may not execute. */
export const INSUFFICIENT_PRIVILEGE = '42501';

/** Serialises grants: two at once would fail with "tuple concurrently updated". */
const LOCK = [20_260_721, 2] as const;

/** The role in DATABASE_APP_URL can do what it must not, or it cannot be made. */
export class AppRoleError extends Error {
  override readonly name = 'AppRoleError';
}

/** The role of the API and the workers: their user and password in Postgres. */
export interface AppRole {
  readonly name: string;
  readonly password: string;
}

/**
 * The role that logs in with a URL.
 *
 * @throws AppRoleError when the URL has no user or no password
 */
export function appRoleOf(text: string): AppRole {
  const { username, password } = new URL(text);
  if (username === '' || password === '') {
    throw new AppRoleError('DATABASE_APP_URL: needs a user and a password.');
  }
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/**
 * Gives the role of the API and the workers the rights on every table that the code in this version
 * uses, and no others; a role that does not exist is made, which needs CREATEROLE. One that exists
 * keeps its password and its other attributes. Run after the migrations, as the owner of the
 * tables, so that the tables of each version are covered.
 *
 * @throws AppRoleError when the role could change the log all the same: a superuser, the owner, a
 *   member of either, or one that may create tables here
 */
export async function grantAppRole(db: Db, role: AppRole): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${LOCK[0]}, ${LOCK[1]})`.execute(tx);
    const name = sql.id(role.name);
    if (!(await roleExists(tx, role.name))) {
      await createRole(tx, role);
    }
    const { schema } = await placeOf(tx);
    await sql`grant usage on schema ${sql.id(schema)} to ${name}`.execute(tx);
    for (const [table, kind] of Object.entries(TABLES)) {
      const rights = sql.raw(RIGHTS[kind].join(', '));
      await sql`revoke all on ${sql.table(table)} from ${name}`.execute(tx);
      await sql`grant ${rights} on ${sql.table(table)} to ${name}`.execute(tx);
    }
    await refuseTooMuch(tx, role.name);
  });
}

async function createRole(tx: Tx, { name, password }: AppRole): Promise<void> {
  try {
    await sql`
      create role ${sql.id(name)} login password ${sql.lit(password)}`.execute(tx);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new AppRoleError(
      `DATABASE_APP_URL: there is no role ${name}, and the user in DATABASE_URL may not make it: ` +
        'make it by hand, or give that user CREATEROLE.',
    );
  }
}

async function roleExists(tx: Tx, name: string): Promise<boolean> {
  const { rows } = await sql`select from pg_roles where rolname = ${name}`.execute(tx);
  return rows.length > 0;
}

async function placeOf(tx: Tx): Promise<{ schema: string }> {
  const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(tx);
  const [place] = rows;
  if (place?.schema == null) throw new AppRoleError('DATABASE_URL: no schema is in search_path.');
  return place;
}

/** What it has by other ways than our grants: as superuser, as owner, by membership, by PUBLIC. */
async function refuseTooMuch(tx: Tx, name: string): Promise<void> {
  const { excess } = await rightsOf(tx, sql`${name}::name`);
  const { rows } = await sql<{ ddl: boolean }>`
    select has_schema_privilege(${name}::name, current_schema()::text, 'create')
      or has_database_privilege(${name}::name, current_database()::text, 'create') as ddl
    `.execute(tx);
  const found = [...(rows[0]?.ddl ? ['create tables'] : []), ...excess];
  if (found.length === 0) return;
  throw new AppRoleError(
    `DATABASE_APP_URL: the role ${name} may do more than it must, for it owns the database, is a ` +
      `superuser or has rights from elsewhere: ${found.slice(0, 3).join(', ')}. ` +
      'docs/operating.md, "Two roles in Postgres", says what to change.',
  );
}

/**
 * Compares what a role may do with what it should.
 *
 * @param role the role, as an expression of type name
 */
async function rightsOf(db: Db, role: RawBuilder<unknown>) {
  const { rows } = await sql<{ name: keyof Database; right: Right; has: boolean }>`
    select name, "right", has_table_privilege(${role}, name, "right") as has
    from unnest(${Object.keys(TABLES)}::text[]) as name,
      unnest(${ALL_RIGHTS}::text[]) as "right"`.execute(db);
  const isDue = (name: keyof Database, right: string) =>
    RIGHTS[TABLES[name]].some((due) => due === right);
  const text = ({ name, right }: (typeof rows)[number]) => `${right} ${name}`;
  return {
    missing: rows.filter(({ name, right, has }) => isDue(name, right) && !has).map(text),
    excess: rows.filter(({ name, right, has }) => !isDue(name, right) && has).map(text),
  };
}

/** The role of a process lacks rights that it needs. Has the code that Postgres would give. */
class MissingRights extends Error {
  readonly code = INSUFFICIENT_PRIVILEGE;

  constructor(rights: readonly string[]) {
    const more = rights.length > 3 ? ` and ${rights.length - 3} more` : '';
    super(`it lacks the rights to ${rights.slice(0, 3).join(', ')}${more}`);
  }
}

/**
 * Resolves when the role that is logged in has the rights that the API and the workers need.
 *
 * @returns whether it may change what is only appended to: the owner may
 * @throws MissingRights, or the error of Postgres or of the connection
 */
export async function checkRights(db: Db): Promise<{ readonly hasMore: boolean }> {
  const { missing, excess } = await rightsOf(db, sql`current_user`);
  if (missing.length > 0) throw new MissingRights(missing);
  return { hasMore: excess.length > 0 };
}
