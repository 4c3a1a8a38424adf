import { sql } from 'kysely';
import type { Db } from '../src/db/client.ts';

/** One table as the catalog of Postgres has it. */
interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Constraints and the indexes that are not part of one, as Postgres writes them. */
  readonly constraints: readonly string[];
  readonly indexes: readonly string[];
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly not_null: boolean;
  readonly default: string | null;
  readonly generated: boolean;
}

const JSON_TYPE = 'NonNullable<unknown>';

/** What the driver reads and writes for a type of Postgres, see src/db/client.ts. */
const TYPES: Record<string, string> = {
  text: 'string',
  'text[]': 'readonly string[]',
  smallint: 'number',
  integer: 'number',
  bigint: 'number',
  boolean: 'boolean',
  bytea: 'Buffer',
  jsonb: JSON_TYPE,
  'timestamp with time zone': 'Date',
};

/**
 * Reads the schema that the migrations made. The result depends on nothing but the migrations:
 * everything is sorted, columns are in their own order.
 *
 * @param db a database that is migrated and has no tables of others
 * @returns `ddl`, the schema as SQL for people, and `types`, a TypeScript module with the same
 *   columns in the words of Kysely
 * @throws Error for a column whose type has no counterpart in TypeScript here
 */
export async function dumpSchema(db: Db): Promise<{ ddl: string; types: string }> {
  const tables = await readTables(db);
  return { ddl: formatDdl(tables), types: formatTypes(tables) };
}

async function readTables(db: Db): Promise<readonly Table[]> {
  // Since version 18 Postgres keeps NOT NULL as a constraint (`n`), too; the column shows it.
  const { rows } = await sql<Table>`
    select
      t.relname as name,
      (select json_agg(json_build_object(
          'name', a.attname,
          'type', format_type(a.atttypid, a.atttypmod),
          'not_null', a.attnotnull,
          'default', pg_get_expr(d.adbin, d.adrelid),
          'generated', a.attidentity = 'a') order by a.attnum)
        from pg_attribute a
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped) as columns,
      (select coalesce(json_agg(
          'CONSTRAINT ' || c.conname || ' ' || pg_get_constraintdef(c.oid)
          order by c.contype = 'p' desc, c.conname), '[]')
        from pg_constraint c where c.conrelid = t.oid and c.contype <> 'n') as constraints,
      (select coalesce(json_agg(
          pg_get_indexdef(i.indexrelid) order by i.indexrelid::regclass::text), '[]')
        from pg_index i
        where i.indrelid = t.oid
          and not exists (select from pg_constraint c where c.conindid = i.indexrelid)) as indexes
    from pg_class t
    where t.relnamespace = 'public'::regnamespace and t.relkind = 'r'
      and t.relname not like 'kysely\\_%'
    order by t.relname collate "C"`.execute(db);
  return rows;
}

function formatDdl(tables: readonly Table[]): string {
  const made = tables.map(({ name, columns, constraints, indexes }) => {
    const lines = [...columns.map(columnDdl), ...constraints].map((line) => `  ${line}`);
    const own = indexes.map((index) => `${index.replaceAll(' ON public.', ' ON ')};\n`);
    return `CREATE TABLE ${name} (\n${lines.join(',\n')}\n);\n${own.join('')}`;
  });
  return `-- What src/db/migrations makes. Written by \`npm run schema\`.\n\n${made.join('\n')}`;
}

function columnDdl(column: Column): string {
  const words = [column.name, column.type];
  if (column.not_null) words.push('NOT NULL');
  if (column.generated) words.push('GENERATED ALWAYS AS IDENTITY');
  if (column.default !== null) words.push('DEFAULT', column.default);
  return words.join(' ');
}

function formatTypes(tables: readonly Table[]): string {
  const made = tables.map(({ name, columns }) => {
    const lines = columns.map((column) => `    ${column.name}: ${columnType(column)};\n`);
    return `  ${name}: {\n${lines.join('')}  };\n`;
  });
  return `import type { Generated, GeneratedAlways } from 'kysely';

/** The columns that src/db/migrations makes. Written by \`npm run schema\`. */
export interface Catalog {
${made.join('')}}
`;
}

function columnType(column: Column): string {
  const own = TYPES[column.type];
  if (own === undefined) throw new Error(`no TypeScript type for ${column.type}`);
  const type = column.not_null ? own : own === JSON_TYPE ? 'unknown' : `${own} | null`;
  if (column.generated) return `GeneratedAlways<${type}>`;
  return column.default === null ? type : `Generated<${type}>`;
}
