import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Insertable, Selectable } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dumpSchema } from '../../scripts/dump-schema.ts';
import { connectDb } from '../../src/db/client.ts';
import type { Database } from '../../src/db/schema.ts';
import { createDatabase, silent } from '../support/database.ts';
import type { Catalog } from './catalog.ts';

describe('what the migrations make', () => {
  it('is written down in src/db/schema.sql and test/db/catalog.ts (npm run schema)', async () => {
    const db = connectDb(await createDatabase(), silent, 1);
    onTestFinished(() => db.destroy());
    const { ddl, types } = await dumpSchema(db);
    expect(read('../../src/db/schema.sql')).toBe(ddl);
    expect(read('catalog.ts')).toBe(types);
  });

  it('is what the types of src/db/schema.ts say', () => {
    // The compiler compares: what it cannot assign here is a column that does not fit.
    const misfits: Misfits = {};
    expect(misfits).toEqual({});
  });
});

function read(path: string): string {
  return readFileSync(join(import.meta.dirname, path), 'utf8');
}

/** The columns that do not fit, by name: a property that the compiler misses in `{}`. */
type Misfits = Record<Misfit, true>;

/** Each column, as `table.column`, of which types and migrations do not say the same. */
type Misfit = { [T in keyof Database | keyof Catalog]: MisfitOf<T> }[
  | keyof Database
  | keyof Catalog];

type MisfitOf<T extends string> = T extends keyof Database & keyof Catalog
  ? {
      [C in keyof Database[T] | keyof Catalog[T]]: C extends keyof Database[T] & keyof Catalog[T]
        ? Fits<Database[T], Catalog[T], C> extends true
          ? never
          : `${T}.${C & string}`
        : `${T}.${C & string}`;
    }[keyof Database[T] | keyof Catalog[T]]
  : T;

/**
 * Whether a column is read as no wider a type than the driver gives, may be null in both or in
 * neither, and may be left out of an insert only where Postgres has a value for it.
 */
type Fits<Ours, Theirs, C extends keyof Ours & keyof Theirs> = [
  Selectable<Ours>[C & keyof Selectable<Ours>],
] extends [Selectable<Theirs>[C & keyof Selectable<Theirs>]]
  ? Same<
      IsNullable<Selectable<Ours>[C & keyof Selectable<Ours>]>,
      IsNullable<Selectable<Theirs>[C & keyof Selectable<Theirs>]>
    > extends true
    ? IsOptional<Insertable<Ours>, C> extends true
      ? IsOptional<Insertable<Theirs>, C>
      : true
    : false
  : false;

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type IsNullable<T> = null extends T ? true : false;
/** A column that cannot be inserted at all is optional, too. */
type IsOptional<Row, C> = C extends keyof Row
  ? Record<never, never> extends Pick<Row, C>
    ? true
    : false
  : true;
